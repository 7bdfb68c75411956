import JSONCore

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
        guard let bytes else { throw .tooLarge(path: path, limit: maximumBytes) }
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
