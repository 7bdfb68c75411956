public import JSONCore
public import Platform

/// The rules of the APR format that a file can break.
public enum APRProblem: Sendable, Hashable {
    /// The file is too short for a header and a footer.
    case tooShort(bytes: Int)
    /// The first four bytes are not those of APR v2.
    case magic([UInt8])
    /// The version is not 2.
    case version(major: UInt8, minor: UInt8)
    /// The header's checksum does not fit the header.
    case headerChecksum(expected: UInt32, got: UInt32)
    /// A flag asks for something this reader does not do.
    case unsupportedFlag(String)
    /// A section lies outside the file or inside another one.
    case sectionBounds(String)
    /// The metadata is longer than a reader accepts.
    case metadataTooLarge(bytes: Int, limit: Int)
    /// The metadata is not a JSON object.
    case metadataNotJSON(JSONError)
    /// A documented metadata key has a value of the wrong type.
    case metadataType(key: String, expected: String, got: String)
    /// The tensor index holds JSON, as an in-memory converter of another program writes it.
    case jsonIndex
    /// The tensor index ends in the middle of an entry.
    case indexTruncated(entry: Int)
    /// A name is empty, too long or not UTF-8.
    case invalidName(entry: Int)
    /// Names are not in ascending order.
    case indexUnsorted(name: String)
    /// Two names are the same.
    case duplicateName(String)
    /// A tensor has more dimensions than the format allows.
    case tooManyDimensions(name: String, count: Int)
    /// The element type is not known.
    case unknownDType(name: String, code: UInt8)
    /// The dimensions multiply to more than fits.
    case shapeOverflow(name: String)
    /// The stored size is not what type and shape make it.
    case sizeMismatch(name: String, expected: Int, got: Int)
    /// The payload lies outside the data section.
    case tensorBounds(name: String)
    /// The payload of a tensor begins inside that of another.
    case overlap(name: String, other: String)
    /// The last four bytes are not the checksum of the file.
    case footerChecksum(expected: UInt32, got: UInt32)
    /// A number does not fit its field.
    case tooLargeToWrite(String)
}

extension APRProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .tooShort(let bytes): "only \(bytes) bytes, too few for an APR file"
        case .magic(let bytes): Self.describe(magic: bytes)
        case .version(let major, let minor): "APR version \(major).\(minor), only 2 is supported"
        case .headerChecksum(let expected, let got):
            "the header's checksum is \(Self.hex(got)), the file says \(Self.hex(expected))"
        case .unsupportedFlag(let flag): "the file is \(flag), which is not supported"
        case .sectionBounds(let section): "the \(section) lies outside the bytes reserved for it"
        case .metadataTooLarge(let bytes, let limit):
            "the metadata claims \(bytes) bytes, more than the limit of \(limit)"
        case .metadataNotJSON(let error): "the metadata is not valid: \(error)"
        case .metadataType(let key, let expected, let got):
            "metadata \"\(key)\" is \(got) where \(expected) should stand"
        case .jsonIndex: "the tensor index is JSON, written by another program's converter"
        case .indexTruncated(let entry): "the tensor index ends inside entry \(entry)"
        case .invalidName(let entry):
            "the name of tensor index entry \(entry) is empty, too long or not UTF-8"
        case .indexUnsorted(let name): "tensor \"\(name)\" is out of order in the index"
        case .duplicateName(let name): "tensor \"\(name)\" stands twice in the index"
        case .tooManyDimensions(let name, let count):
            "tensor \"\(name)\" has \(count) dimensions, the limit is 8"
        case .unknownDType(let name, let code): "tensor \"\(name)\" has the unknown element type \(code)"
        case .shapeOverflow(let name): "tensor \"\(name)\" has a shape whose size does not fit"
        case .sizeMismatch(let name, let expected, let got):
            "tensor \"\(name)\" takes \(got) bytes where its type and shape make \(expected)"
        case .tensorBounds(let name): "tensor \"\(name)\" lies outside the file's data"
        case .overlap(let name, let other): "tensor \"\(name)\" overlaps tensor \"\(other)\""
        case .footerChecksum(let expected, let got):
            "the file's checksum is \(Self.hex(got)), the footer says \(Self.hex(expected))"
        case .tooLargeToWrite(let what): "\(what) does not fit the format"
        }
    }

    public var remedy: String {
        switch self {
        case .magic, .version, .jsonIndex:
            "convert it to APR v2 or safetensors with the program that wrote it"
        case .unsupportedFlag: "write it again without that, or as safetensors"
        case .tooLargeToWrite: "write safetensors instead"
        default: "the file is damaged or cut short; fetch or write it again"
        }
    }

    private static func describe(magic bytes: [UInt8]) -> String {
        switch bytes {
        case Array("APRN".utf8): "an APR v1 file"
        case Array("APR1".utf8): "a whisper.apr v1 file"
        case Array("APR2".utf8): "an early APR v2 file (\"APR2\")"
        default: "does not begin with the bytes of APR v2"
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
