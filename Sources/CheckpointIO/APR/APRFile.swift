import FileHashing
public import JSONCore
public import Platform

/// An APR v2 file, mapped and fully checked, both checksums included, before the first look-up.
public final class APRFile: TensorFile {
    /// The mapped file.
    public let file: MappedFile
    /// The metadata, documented keys and others in one object, as it stands in the file.
    public let metadata: JSONObject
    /// The tensors by name.
    public let tensors: [String: APRTensorInfo]
    /// The names in the order of the index, which is ascending.
    public let orderedNames: [String]
    /// The format's flags; bit 0x0400 says that tensors are row-major.
    public let flags: UInt16
    /// The checksum of the header, which has been verified.
    public let headerChecksum: UInt32
    /// The checksum of the whole file, which has been verified.
    public let footerChecksum: UInt32

    /// Opens a file and checks every rule of the format.
    ///
    /// - Throws: `FileError` naming the rule that is broken.
    public convenience init(path: String) throws(FileError) {
        try self.init(file: try MappedFile(path: path))
    }

    /// Reads a file that is mapped already.
    public convenience init(file: MappedFile) throws(FileError) {
        var checksum = APRChecksum(of: file)
        FileHash.read(file) { checksum.update($0) }
        try self.init(file: file, checksum: checksum)
    }

    /// Reads a file whose checksum was computed while it was read for another purpose, so that it is read only once.
    ///
    /// - Parameter checksum: What has been given all of the file.
    init(file: MappedFile, checksum: APRChecksum) throws(FileError) {
        let content: APRContent
        do throws(APRRule) {
            content = try file.withUnsafeBytes { bytes throws(APRRule) in
                try APRContent(file: bytes, checksum: checksum.value)
            }
        } catch {
            throw FileError(error.problem, path: file.path)
        }
        tensors = try Self.index(content.tensors) { name in
            FileError(APRProblem.duplicateName(name), path: file.path)
        }
        self.file = file
        metadata = content.metadata
        orderedNames = content.tensors.map(\.name)
        flags = content.header.flags
        headerChecksum = content.header.checksum
        footerChecksum = content.footerChecksum
    }
}

/// Everything a whole file says, checked.
private struct APRContent {
    let header: APRHeader
    let metadata: JSONObject
    let tensors: [APRTensorInfo]
    let footerChecksum: UInt32

    init(file bytes: UnsafeRawBufferPointer, checksum computed: UInt32) throws(APRRule) {
        let header = try APRHeader(file: bytes)
        let end = bytes.count - APRHeader.footerByteCount
        guard let stored = bytes.littleEndian(at: end, as: UInt32.self) else {
            throw APRRule(.tooShort(bytes: bytes.count))
        }
        guard stored == computed else { throw APRRule(.footerChecksum(expected: stored, got: computed)) }
        metadata = try APRMetadata.parse(UnsafeRawBufferPointer(rebasing: bytes[header.metadata]))
        tensors = try APRIndex.read(file: bytes, header: header)
        footerChecksum = stored
        self.header = header
    }
}

/// The checksum of a file's bytes, given from front to back, without the footer that states it.
struct APRChecksum {
    private var checksum = CRC32()
    private var rest: Int

    init(of file: MappedFile) { rest = max(0, file.byteCount - APRHeader.footerByteCount) }

    var value: UInt32 { checksum.value }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let covered = bytes.prefix(rest)
        checksum.update(UnsafeRawBufferPointer(rebasing: covered))
        rest -= covered.count
    }
}
