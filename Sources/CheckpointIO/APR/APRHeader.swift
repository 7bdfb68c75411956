import Platform

/// The 64 bytes at the start of an APR v2 file, and where they say the sections are.
struct APRHeader {
    static let byteCount = 64
    static let footerByteCount = 4
    static let alignment = 64
    static let checksumOffset = 40
    static let magic: [UInt8] = [0x41, 0x50, 0x52, 0x00]
    static let majorVersion: UInt8 = 2
    static let rowMajor: UInt16 = 0x0400
    static let metadataLimit = 64 << 20

    let flags: UInt16
    let tensorCount: Int
    let metadata: Range<Int>
    /// The index and the padding behind it.
    let index: Range<Int>
    /// All payloads with their padding, up to the footer.
    let data: Range<Int>
    let checksum: UInt32

    /// Reads the header of a whole file and checks it against the file's size.
    init(file bytes: UnsafeRawBufferPointer) throws(APRRule) {
        guard bytes.count >= Self.byteCount + Self.footerByteCount,
            let rawFlags = bytes.littleEndian(at: 6, as: UInt16.self),
            let count = bytes.littleEndian(at: 8, as: UInt32.self),
            let metadataOffset = bytes.littleEndian(at: 12, as: UInt64.self),
            let metadataSize = bytes.littleEndian(at: 20, as: UInt32.self),
            let indexOffset = bytes.littleEndian(at: 24, as: UInt64.self),
            let dataOffset = bytes.littleEndian(at: 32, as: UInt64.self),
            let storedChecksum = bytes.littleEndian(at: Self.checksumOffset, as: UInt32.self)
        else { throw APRRule(.tooShort(bytes: bytes.count)) }

        guard bytes.prefix(4).elementsEqual(Self.magic) else { throw APRRule(.magic(Array(bytes.prefix(4)))) }
        let computed = Self.checksum(of: UnsafeRawBufferPointer(rebasing: bytes[..<Self.byteCount]))
        guard computed == storedChecksum else {
            throw APRRule(.headerChecksum(expected: storedChecksum, got: computed))
        }
        guard bytes[4] == Self.majorVersion else {
            throw APRRule(.version(major: bytes[4], minor: bytes[5]))
        }
        try Self.check(flags: rawFlags)

        let end = bytes.count - Self.footerByteCount
        guard metadataSize <= Self.metadataLimit else {
            throw APRRule(.metadataTooLarge(bytes: Int(metadataSize), limit: Self.metadataLimit))
        }
        guard let indexStart = Int(exactly: indexOffset), metadataOffset == UInt64(Self.byteCount),
            indexStart <= end, Self.byteCount + Int(metadataSize) <= indexStart
        else { throw APRRule(.sectionBounds("metadata")) }
        guard let dataStart = Int(exactly: dataOffset), indexStart <= dataStart, dataStart <= end else {
            throw APRRule(.sectionBounds("tensor index"))
        }
        flags = rawFlags
        tensorCount = Int(count)
        metadata = Self.byteCount..<Self.byteCount + Int(metadataSize)
        index = indexStart..<dataStart
        data = dataStart..<end
        checksum = storedChecksum
    }

    /// The checksum of a header: all of it but the checksum field.
    static func checksum(of header: UnsafeRawBufferPointer) -> UInt32 {
        var crc = CRC32()
        crc.update(UnsafeRawBufferPointer(rebasing: header[..<checksumOffset]))
        crc.update(UnsafeRawBufferPointer(rebasing: header[(checksumOffset + 4)...]))
        return crc.value
    }

    /// Flags that change how the payloads have to be read are refused; those that only inform are not.
    private static func check(flags: UInt16) throws(APRRule) {
        let unsupported: [(bit: UInt16, name: String)] = [
            (0x0001, "compressed (LZ4)"), (0x0002, "compressed (Zstandard)"), (0x0004, "encrypted"),
            (0x0010, "one shard of several"), (0x0800, "stored in column-major order"),
            (0xF000, "marked with flags of a later version"),
        ]
        for (bit, name) in unsupported where flags & bit != 0 { throw APRRule(.unsupportedFlag(name)) }
    }
}

/// A broken rule before the path is known.
struct APRRule: Error {
    let problem: APRProblem
    init(_ problem: APRProblem) { self.problem = problem }
}
