public import Platform

/// Why a tensor that was asked for, or offered to a writer, does not fit.
public enum TensorProblem: Sendable, Hashable {
    /// The file has no tensor of this name.
    case missing(name: String)
    /// The element type cannot be read as floating point numbers.
    case notFloatingPoint(name: String, dtype: String)
    /// An element is NaN or infinite.
    case notFinite(name: String)
    /// The destination has a different number of elements.
    case elementCount(name: String, expected: Int, got: Int)
    /// Two tensors to be written have the same name.
    case duplicateName(name: String)
    /// The name cannot be stored.
    case invalidName(name: String)
    /// The shape cannot be stored.
    case invalidShape(name: String, shape: [Int])
    /// The payload given does not fill the declared shape.
    case payloadSize(name: String, expected: Int, got: Int)
    /// Another file of the same checkpoint has other tensors: the first of them, their number, the file.
    case disagreement(name: String, count: Int, reference: String)
}

extension TensorProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .missing(let name): "no tensor \"\(name)\""
        case .notFloatingPoint(let name, let dtype):
            "tensor \"\(name)\" is \(dtype), not floating point numbers"
        case .notFinite(let name): "tensor \"\(name)\" holds a NaN or an infinity"
        case .elementCount(let name, let expected, let got):
            "tensor \"\(name)\" has \(got) elements where \(expected) are expected"
        case .duplicateName(let name): "tensor \"\(name)\" was given twice"
        case .invalidName(let name): "\"\(name)\" cannot be a tensor name"
        case .invalidShape(let name, let shape): "tensor \"\(name)\" cannot have the shape \(shape)"
        case .payloadSize(let name, let expected, let got):
            "tensor \"\(name)\" was given \(got) bytes where its shape takes \(expected)"
        case .disagreement(let name, let count, let reference):
            "\(count) of the tensors, \"\(name)\" first, are missing or have other shapes here or in \(reference)"
        }
    }

    public var remedy: String {
        switch self {
        case .missing: "check that the file belongs to this model"
        case .notFloatingPoint: "convert the model to F32, F16 or BF16"
        case .notFinite: "the weights are damaged or overflowed when they were made; fetch or make them again"
        case .elementCount: "check that the file belongs to this model"
        case .duplicateName: "give each tensor its own name"
        case .invalidName: "use a name of 1 to 256 bytes"
        case .invalidShape: "use non-negative dimensions, at most 8 of them, whose product fits"
        case .disagreement: "the files are of different checkpoints; use another checkpoint or fetch it again"
        case .payloadSize: "give exactly as many values as the shape takes"
        }
    }
}

/// The rules that both writers check.
enum TensorRules {
    static func error(_ problem: TensorProblem) -> FileError {
        FileError(problem, path: "tensor to be written")
    }

    /// Names must not be empty, reserved, or equal under Unicode's canonical equivalence.
    static func checkNames(_ names: [String]) throws(FileError) {
        var seen: Set<String> = []
        seen.reserveCapacity(names.count)
        for name in names {
            guard !name.isEmpty, !utf8Equal(name, "__metadata__") else {
                throw error(.invalidName(name: name))
            }
            guard seen.insert(name).inserted else { throw error(.duplicateName(name: name)) }
        }
    }

    /// The values must fill the shape.
    static func checkCount(_ tensor: NamedTensor) throws(FileError) {
        guard let count = ShapeArithmetic.elementCount(tensor.shape) else {
            throw error(.invalidShape(name: tensor.name, shape: tensor.shape))
        }
        guard count == tensor.values.count else {
            throw error(.elementCount(name: tensor.name, expected: count, got: tensor.values.count))
        }
    }
}
