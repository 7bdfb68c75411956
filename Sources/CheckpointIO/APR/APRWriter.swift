import Crypto
import FileHashing
public import JSONCore
public import Platform

/// Writes APR v2 files: the same tensors and metadata always give the same bytes.
public enum APRWriter {
    /// The file of these tensors in memory.
    ///
    /// - Parameters:
    ///   - tensors: Single precision tensors in any order; a scalar has the shape `[1]`.
    ///   - metadata: Values for the format's documented keys and any others. Documented keys that are not given
    ///     are written with their default.
    /// - Throws: `FileError` for a bad name or shape, a duplicate, or values that do not fill their shape.
    public static func encode(
        _ tensors: [NamedTensor], metadata: JSONObject = JSONObject()
    ) throws(FileError) -> [UInt8] {
        var sink = MemorySink()
        try write(tensors, metadata: metadata, to: &sink)
        return sink.bytes
    }

    /// Writes a file into a sink; parameters and errors as in `encode`, and whatever the sink throws.
    public static func write(
        _ tensors: [NamedTensor], metadata: JSONObject = JSONObject(), to sink: inout some ByteSink
    ) throws(FileError) {
        let ordered = tensors.sorted { utf8Precedes($0.name, $1.name) }
        try check(ordered)
        var output = ChecksummedSink(base: sink)
        defer { sink = output.base }

        let text = Array(JSONValue.object(try checked(metadata)).encoded(.compact).utf8)
        let index = try self.index(of: ordered)
        try output.write(
            try header(tensorCount: ordered.count, metadataSize: text.count, indexSize: index.count))
        try output.write(text)
        try output.writeZeros(padding(after: text.count))
        try output.write(index)
        try output.writeZeros(padding(after: index.count))
        for tensor in ordered {
            try output.write(tensor.values)
            try output.writeZeros(padding(after: tensor.values.count * MemoryLayout<Float>.size))
        }
        var footer: [UInt8] = []
        footer.append(littleEndian: output.checksum.value)
        try output.write(footer)
    }

    /// A file with the tensors of another one, byte for byte; it is not written.
    package struct Rewritten: Sendable {
        /// What comes before the tensors.
        package let head: [UInt8]
        /// Where the index and the tensors stand in the other file.
        package let tensors: Range<Int>
        private let file: MappedFile

        fileprivate init(head: [UInt8], tensors: Range<Int>, file: MappedFile) {
            self.head = head
            self.tensors = tensors
            self.file = file
        }

        /// Reads the tensors, once.
        ///
        /// - Returns: What comes behind them, and the SHA-256 of the whole in hexadecimal digits.
        package func completed() -> (tail: [UInt8], sha256: String) {
            var (hash, checksum) = (SHA256(), CRC32())
            func take(_ bytes: UnsafeRawBufferPointer) {
                hash.update(bufferPointer: bytes)
                checksum.update(bytes)
            }
            head.withUnsafeBytes { take($0) }
            FileHash.read(file, tensors, take)
            var tail: [UInt8] = []
            tail.append(littleEndian: checksum.value)
            hash.update(data: tail)
            return (tail, Hexadecimal.text(hash.finalize()))
        }
    }

    /// A file's tensors under other metadata; nil when the file has this metadata already.
    package static func rewritten(_ file: APRFile, metadata: JSONObject) throws(FileError) -> Rewritten? {
        let text = Array(JSONValue.object(try checked(metadata)).encoded(.compact).utf8)
        let layout: APRHeader
        do throws(APRRule) {
            layout = try file.file.withUnsafeBytes { bytes throws(APRRule) in try APRHeader(file: bytes) }
        } catch {
            throw FileError(error.problem, path: file.file.path)
        }
        // Offsets in the index count from the first payload, so index and payloads stay as they are.
        var head = try header(
            tensorCount: file.orderedNames.count, metadataSize: text.count, indexSize: layout.index.count)
        head += text + [UInt8](repeating: 0, count: padding(after: text.count))
        guard !file.file.withUnsafeBytes({ $0.prefix(layout.index.lowerBound).elementsEqual(head) }) else {
            return nil
        }
        return Rewritten(
            head: head, tensors: layout.index.lowerBound..<layout.data.upperBound, file: file.file)
    }

    private static func check(_ tensors: [NamedTensor]) throws(FileError) {
        try TensorRules.checkNames(tensors.map(\.name))
        for tensor in tensors {
            guard tensor.name.utf8.count <= APRIndex.nameLimit else {
                throw TensorRules.error(.invalidName(name: tensor.name))
            }
            guard (1...APRIndex.dimensionLimit).contains(tensor.shape.count) else {
                throw TensorRules.error(.invalidShape(name: tensor.name, shape: tensor.shape))
            }
            try TensorRules.checkCount(tensor)
        }
    }

    private static func checked(_ metadata: JSONObject) throws(FileError) -> JSONObject {
        let complete = APRMetadata.complete(metadata)
        do throws(APRRule) {
            try APRMetadata.check(complete)
        } catch {
            throw FileError(error.problem, path: "APR metadata")
        }
        return complete
    }

    private static func index(of tensors: [NamedTensor]) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var offset = 0
        for tensor in tensors {
            let size = tensor.values.count * MemoryLayout<Float>.size
            bytes.append(littleEndian: UInt16(tensor.name.utf8.count))
            bytes.append(contentsOf: tensor.name.utf8)
            bytes.append(APRDType.float32.code)
            bytes.append(UInt8(tensor.shape.count))
            for dimension in tensor.shape { bytes.append(littleEndian: UInt64(dimension)) }
            bytes.append(littleEndian: UInt64(offset))
            bytes.append(littleEndian: UInt64(size))
            offset += size + padding(after: size)
        }
        return bytes
    }

    private static func header(
        tensorCount: Int, metadataSize: Int, indexSize: Int
    ) throws(FileError) -> [UInt8] {
        guard let count = UInt32(exactly: tensorCount), metadataSize <= APRHeader.metadataLimit else {
            throw FileError(
                APRProblem.tooLargeToWrite("metadata of \(metadataSize) bytes with \(tensorCount) tensors"),
                path: "APR header")
        }
        let indexOffset = APRHeader.byteCount + metadataSize + padding(after: metadataSize)
        var bytes: [UInt8] = APRHeader.magic
        bytes.reserveCapacity(APRHeader.byteCount)
        bytes.append(contentsOf: [APRHeader.majorVersion, 0])
        bytes.append(littleEndian: APRHeader.rowMajor)
        bytes.append(littleEndian: count)
        bytes.append(littleEndian: UInt64(APRHeader.byteCount))
        bytes.append(littleEndian: UInt32(metadataSize))
        bytes.append(littleEndian: UInt64(indexOffset))
        bytes.append(littleEndian: UInt64(indexOffset + indexSize + padding(after: indexSize)))
        bytes.append(contentsOf: [UInt8](repeating: 0, count: APRHeader.byteCount - bytes.count))
        let checksum = bytes.withUnsafeBytes { APRHeader.checksum(of: $0) }
        bytes.replace(at: APRHeader.checksumOffset, littleEndian: checksum)
        return bytes
    }

    /// The zero bytes between the end of a block and the next multiple of the alignment.
    private static func padding(after length: Int) -> Int {
        (APRHeader.alignment - length % APRHeader.alignment) % APRHeader.alignment
    }
}

/// Passes bytes on and keeps their checksum.
private struct ChecksummedSink<Base: ByteSink>: ByteSink {
    var base: Base
    var checksum = CRC32()

    init(base: Base) { self.base = base }

    var byteCount: Int { base.byteCount }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        checksum.update(bytes)
        try base.write(bytes)
    }
}
