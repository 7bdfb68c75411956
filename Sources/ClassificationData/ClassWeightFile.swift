public import Diagnostics
public import JSONCore
import Platform

/// Reads class weights from a JSON file.
enum ClassWeightFile {
    private static let maximumBytes = 16 << 20

    static func read(_ path: String, labels: LabelMap) throws(ClassWeightError) -> [Double] {
        let bytes: [UInt8]?
        do {
            bytes = try ByteSource.file(path).readAll(limit: maximumBytes)
        } catch {
            throw .unreadable(path: path, operation: error.operation, code: error.code)
        }
        guard var bytes else { throw .tooLarge(path: path, limit: maximumBytes) }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        let document: JSONValue
        do {
            document = try JSONParser.parse(bytes)
        } catch {
            throw .json(path: path, error)
        }
        switch document {
        case .array(let elements):
            guard elements.count == labels.count else {
                throw .wrongCount(path: path, found: elements.count, expected: labels.count)
            }
            return try weights(labels: labels, path: path) { elements[$0] }
        case .object(let object):
            for key in object.keys where labels.id(of: key) == nil { throw .unknownClass(path: path, key) }
            return try weights(labels: labels, path: path) { object[labels[$0]] }
        default:
            throw .notWeights(path: path, found: document.kind)
        }
    }

    private static func weights(
        labels: LabelMap, path: String, _ value: (Int) -> JSONValue?
    ) throws(ClassWeightError) -> [Double] {
        var weights: [Double] = []
        for (id, name) in labels.names.enumerated() {
            guard let value = value(id) else { throw .missingClass(path: path, name) }
            guard let weight = value.double, weight.isFinite, weight > 0 else {
                throw .notPositive(path: path, name)
            }
            weights.append(weight)
        }
        return weights
    }
}

/// Why class weights cannot be computed.
public enum ClassWeightError: Error, Sendable, Hashable {
    /// Weights were asked for in multi-label training.
    case multiLabel
    /// The file could not be read; `code` is the `errno` of `operation`.
    case unreadable(path: String, operation: String, code: Int32)
    /// The file is larger than a file of weights can be.
    case tooLarge(path: String, limit: Int)
    /// The file is not JSON.
    case json(path: String, JSONError)
    /// The file holds neither an object nor an array.
    case notWeights(path: String, found: String)
    /// An array of the wrong length.
    case wrongCount(path: String, found: Int, expected: Int)
    /// A class without a weight, or a weight without a class.
    case missingClass(path: String, String)
    case unknownClass(path: String, String)
    /// A weight that is not a positive finite number.
    case notPositive(path: String, String)
}

extension ClassWeightError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .multiLabel: "class weights are for single-label training; leave out \(setting: .classWeights)"
        case .unreadable(let path, let operation, let code):
            "\(path): cannot \(operation): \(ErrnoText.of(code).lowercased()); expected auto, none, uniform, sqrt_inverse, inverse, or a JSON file of weights"
        case .tooLarge(let path, let limit):
            "\(path): larger than \(limit) bytes; expected a JSON file of weights"
        case .json(let path, let error): "\(path): not valid JSON: \(error)"
        case .notWeights(let path, let found):
            "\(path): found \(found); expected {\"class name\": weight, …} or an array of weights in class order"
        case .wrongCount(let path, let found, let expected):
            "\(path): \(found) weights for \(expected) classes"
        case .missingClass(let path, let name): "\(path): no weight for class \(LineProblem.quoted(name))"
        case .unknownClass(let path, let name):
            "\(path): \(LineProblem.quoted(name)) is not a class of this corpus"
        case .notPositive(let path, let name):
            "\(path): the weight of \(LineProblem.quoted(name)) is not a finite number above 0"
        }
    }
}
