/// A protobuf message under way: fields in the order they are added.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    /// A whole number that is not negative, or an enumeration's.
    mutating func add(_ field: Int, _ value: Int) {
        addKey(field, type: 0)
        addVarint(UInt64(bitPattern: Int64(value)))
    }

    mutating func add(_ field: Int, _ value: Bool) { add(field, value ? 1 : 0) }

    mutating func add(_ field: Int, _ value: Double) {
        addKey(field, type: 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func add(_ field: Int, _ value: Float) {
        addKey(field, type: 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }

    mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

    mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

    mutating func add(_ field: Int, _ value: [UInt8]) {
        addKey(field, type: 2)
        addVarint(UInt64(value.count))
        bytes += value
    }

    private mutating func addKey(_ field: Int, type: Int) { addVarint(UInt64(field << 3 | type)) }

    private mutating func addVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
