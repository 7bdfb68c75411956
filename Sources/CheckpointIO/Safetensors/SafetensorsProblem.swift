public import JSONCore
public import Platform

/// The rules of the safetensors format that a file can break.
public enum SafetensorsProblem: Sendable, Hashable {
    /// The file ends before the eight bytes that say how long the header is.
    case headerLengthMissing(bytes: Int)
    /// The header is longer than the format allows.
    case headerTooLarge(bytes: UInt64, limit: Int)
    /// The header reaches beyond the end of the file.
    case headerTruncated(needed: Int, available: Int)
    /// The header does not begin with an opening brace.
    case headerStart
    /// The header is not a JSON object with unique keys.
    case headerNotJSON(JSONError)
    /// A member of the header is not what it has to be.
    case invalidEntry(name: String, member: String, expected: String)
    /// The file metadata is not an object of strings.
    case invalidMetadata(key: String?)
    /// The element type is not known.
    case unknownDType(name: String, dtype: String)
    /// The dimensions multiply to more than fits.
    case shapeOverflow(name: String)
    /// The byte range runs backwards.
    case offsetsReversed(name: String, start: Int, end: Int)
    /// The byte range is not as long as type and shape make it.
    case sizeMismatch(name: String, expected: Int, got: Int)
    /// Bytes before this tensor belong to no tensor.
    case hole(name: String, expectedStart: Int, start: Int)
    /// This tensor begins inside another.
    case overlap(name: String, expectedStart: Int, start: Int)
    /// The tensors reach beyond the end of the file.
    case dataTruncated(needed: Int, available: Int)
    /// Bytes follow the last tensor.
    case trailingBytes(Int)
    /// Two names are the same text in different encodings.
    case ambiguousName(String)
    /// The header to be written would be longer than the format allows.
    case headerWouldBeTooLarge(bytes: Int, limit: Int)
}

extension SafetensorsProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .headerLengthMissing(let bytes):
            "only \(bytes) bytes, too few for a safetensors header"
        case .headerTooLarge(let bytes, let limit):
            "the header claims \(bytes) bytes, more than the limit of \(limit)"
        case .headerTruncated(let needed, let available):
            "the header needs \(needed) bytes, the file has \(available)"
        case .headerStart: "the header does not begin with '{'"
        case .headerNotJSON(let error): "the header is not valid: \(error)"
        case .invalidEntry(let name, let member, let expected):
            "entry \"\(name)\": \(member) is not \(expected)"
        case .invalidMetadata(let key):
            key.map { "metadata \"\($0)\" is not a string" } ?? "the metadata is not an object of strings"
        case .unknownDType(let name, let dtype):
            "tensor \"\(name)\" has the element type \"\(dtype)\", which is not supported"
        case .shapeOverflow(let name): "tensor \"\(name)\" has a shape whose size does not fit"
        case .offsetsReversed(let name, let start, let end):
            "tensor \"\(name)\" ends at \(end), before its start at \(start)"
        case .sizeMismatch(let name, let expected, let got):
            "tensor \"\(name)\" takes \(got) bytes where its type and shape make \(expected)"
        case .hole(let name, let expected, let start):
            "\(start - expected) bytes before tensor \"\(name)\" belong to no tensor"
        case .overlap(let name, let expected, let start):
            "tensor \"\(name)\" starts at \(start), inside another that ends at \(expected)"
        case .dataTruncated(let needed, let available):
            "the tensors need \(needed) bytes, the file has \(available)"
        case .trailingBytes(let count): "\(count) bytes follow the last tensor"
        case .ambiguousName(let name): "two tensor names look the same: \"\(name)\""
        case .headerWouldBeTooLarge(let bytes, let limit):
            "the header would have \(bytes) bytes, more than the limit of \(limit)"
        }
    }

    public var remedy: String {
        switch self {
        case .headerTruncated, .dataTruncated, .headerLengthMissing:
            "the file is cut short; fetch or write it again"
        case .unknownDType: "convert the tensor to F32, F16 or BF16"
        case .ambiguousName: "rename one of the tensors"
        case .headerWouldBeTooLarge: "split the model into shards"
        default: "the file is damaged or not safetensors; fetch or write it again"
        }
    }
}
