/// Lays out a safetensors file from a header in plain text, right or wrong.
enum SafetensorsBuilder {
    /// A file of this header and so many data bytes; `length` overrides what the file says of the header.
    static func file(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
        var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
        bytes += Array(header.utf8)
        bytes += (0..<data).map { UInt8(truncatingIfNeeded: $0 + 1) }
        return bytes
    }

    /// An entry of a header.
    static func entry(_ name: String, _ dtype: String, _ shape: String, _ start: Int, _ end: Int) -> String {
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
    }
}
