import Platform

/// Lays out an APR file field by field, right or wrong; the checksums fit unless told otherwise.
struct APRImage {
    struct Tensor {
        var name: [UInt8]
        var dtype: UInt8
        var shape: [UInt64]
        var offset: UInt64?
        var size: UInt64
        var payload: [UInt8]

        init(name: String, dtype: UInt8, shape: [UInt64], size: Int, payload: [UInt8]? = nil) {
            self.name = Array(name.utf8)
            self.dtype = dtype
            self.shape = shape
            self.size = UInt64(size)
            self.payload = payload ?? [UInt8](repeating: 0, count: size)
        }
    }

    var magic: [UInt8] = [0x41, 0x50, 0x52, 0]
    var version: [UInt8] = [2, 0]
    var flags: UInt16 = 0x0400
    var tensorCount: UInt32?
    var metadataOffset: UInt64 = 64
    var metadataSize: UInt32?
    var indexOffset: UInt64?
    var dataOffset: UInt64?
    var headerChecksum: UInt32?
    var footerChecksum: UInt32?
    var metadata: String
    var tensors: [Tensor]
    /// Replaces the index that the tensors make.
    var index: [UInt8]?

    init(metadata: String = "{}", tensors: [Tensor] = []) {
        self.metadata = metadata
        self.tensors = tensors
    }

    var bytes: [UInt8] {
        let metadataBlock = Self.padded(Array(metadata.utf8))
        var entries: [UInt8] = []
        var data: [UInt8] = []
        for tensor in tensors {
            entries += Self.little(UInt16(tensor.name.count)) + tensor.name
            entries += [tensor.dtype, UInt8(tensor.shape.count)]
            for dimension in tensor.shape { entries += Self.little(dimension) }
            entries += Self.little(tensor.offset ?? UInt64(data.count)) + Self.little(tensor.size)
            data += Self.padded(tensor.payload)
        }
        if tensors.contains(where: { $0.offset != nil }) { data = placed }
        let indexBlock = Self.padded(index ?? entries)
        let indexStart = indexOffset ?? UInt64(64 + metadataBlock.count)
        var header = magic + version + Self.little(flags)
        header += Self.little(tensorCount ?? UInt32(tensors.count)) + Self.little(metadataOffset)
        header += Self.little(metadataSize ?? UInt32(metadata.utf8.count)) + Self.little(indexStart)
        header += Self.little(dataOffset ?? UInt64(64 + metadataBlock.count + indexBlock.count))
        let rest = [UInt8](repeating: 0, count: 20)
        header += Self.little(headerChecksum ?? Self.checksum(header + rest)) + rest
        let body = header + metadataBlock + indexBlock + data
        return body + Self.little(footerChecksum ?? Self.checksum(body))
    }

    /// The data section when tensors say themselves where they lie.
    private var placed: [UInt8] {
        var data: [UInt8] = []
        for tensor in tensors {
            guard let offset = tensor.offset, offset < 1 << 20 else { continue }
            let block = Self.padded(tensor.payload)
            let missing = Int(offset) + block.count - data.count
            if missing > 0 { data += [UInt8](repeating: 0, count: missing) }
            data.replaceSubrange(Int(offset)..<Int(offset) + block.count, with: block)
        }
        return data
    }

    static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32.checksum($0) } }
}
