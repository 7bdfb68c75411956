/// Why a file is not an acceptable GGUF file, and where.
public struct GGUFError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Rule: Sendable, Hashable {
        /// The file ends inside something that needs `needed` more bytes.
        case truncated(what: String, needed: UInt64, available: Int)
        /// The file does not begin with the bytes `GGUF`.
        case wrongMagic
        /// The file is written in big-endian byte order.
        case bigEndian
        /// The container version is neither 2 nor 3.
        case unsupportedVersion(UInt32)
        /// A count or length is above what this reader accepts.
        case tooLarge(what: String, value: UInt64, limit: UInt64)
        /// A text is not valid UTF-8.
        case invalidUTF8(what: String)
        /// A value type that the format does not define.
        case unknownValueType(UInt32, key: String)
        /// A boolean that is neither 0 nor 1.
        case invalidBoolean(UInt8, key: String)
        /// Arrays of arrays, deeper than this reader accepts.
        case nestedTooDeep(key: String, limit: Int)
        /// Two metadata entries of one name.
        case duplicateKey(String)
        /// Two tensors of one name.
        case duplicateTensor(String)
        /// `general.alignment` is not a 32-bit power of two.
        case invalidAlignment(String)
        /// A tensor with no or more than four dimensions.
        case invalidRank(tensor: String, rank: UInt32)
        /// A tensor with a dimension of zero.
        case emptyDimension(tensor: String)
        /// A tensor whose element or byte count does not fit 63 bits.
        case sizeOverflow(tensor: String)
        /// A tensor type that the format does not define.
        case unknownTensorType(UInt32, tensor: String)
        /// A quantised tensor whose rows are not whole blocks.
        case partialBlock(tensor: String, rowLength: Int, type: GGUFTensorType)
        /// A tensor offset that is not a multiple of the alignment.
        case misalignedTensor(String, offset: UInt64, alignment: Int)
        /// A tensor whose bytes lie beyond the end of the file.
        case tensorOutOfBounds(String, offset: UInt64, byteCount: Int, available: Int)
        /// Two tensors that share bytes.
        case overlappingTensors(String, String)
    }

    /// The rule that was broken.
    public let rule: Rule
    /// The byte offset in the file at which the offending item begins.
    public let offset: Int

    /// Names a broken rule and its offset.
    package init(_ rule: Rule, at offset: Int) {
        self.rule = rule
        self.offset = offset
    }

    public var description: String { "\(rule.explanation) (GGUF, byte \(offset))" }
}

extension GGUFError.Rule {
    fileprivate var explanation: String {
        switch self {
        case .truncated(let what, let needed, let available):
            "the file ends inside \(what): \(needed) bytes needed, \(available) left; is the download complete?"
        case .wrongMagic: "the file does not begin with \"GGUF\""
        case .bigEndian: "big-endian GGUF is not supported; convert the file to little-endian first"
        case .unsupportedVersion(let version):
            "GGUF version \(version) is not supported; versions 2 and 3 are"
        case .tooLarge(let what, let value, let limit): "\(what) of \(value) is above the limit of \(limit)"
        case .invalidUTF8(let what): "\(what) is not valid UTF-8"
        case .unknownValueType(let raw, let key): "unknown value type \(raw) of metadata key \"\(key)\""
        case .invalidBoolean(let raw, let key): "boolean \(raw) in metadata key \"\(key)\"; 0 or 1 expected"
        case .nestedTooDeep(let key, let limit):
            "metadata key \"\(key)\" nests arrays deeper than \(limit) levels"
        case .duplicateKey(let key): "metadata key \"\(key)\" stands twice"
        case .duplicateTensor(let name): "tensor \"\(name)\" stands twice"
        case .invalidAlignment(let value):
            "general.alignment is \(value); a power of two of type uint32, at most 1048576, expected"
        case .invalidRank(let tensor, let rank):
            "tensor \"\(tensor)\" has \(rank) dimensions; 1 to 4 expected"
        case .emptyDimension(let tensor): "tensor \"\(tensor)\" has a dimension of zero"
        case .sizeOverflow(let tensor): "the size of tensor \"\(tensor)\" overflows"
        case .unknownTensorType(let raw, let tensor):
            "tensor \"\(tensor)\" has the unknown type number \(raw)"
        case .partialBlock(let tensor, let rowLength, let type):
            "tensor \"\(tensor)\" has rows of \(rowLength), which is no multiple of the \(type.name) block of "
                + "\(type.blockLength)"
        case .misalignedTensor(let tensor, let offset, let alignment):
            "tensor \"\(tensor)\" begins at \(offset), which is no multiple of the alignment \(alignment)"
        case .tensorOutOfBounds(let tensor, let offset, let byteCount, let available):
            "tensor \"\(tensor)\" needs bytes \(offset) to \(offset) + \(byteCount) of a data section of "
                + "\(available); is the download complete?"
        case .overlappingTensors(let first, let second): "tensors \"\(first)\" and \"\(second)\" share bytes"
        }
    }
}
