import Platform

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
