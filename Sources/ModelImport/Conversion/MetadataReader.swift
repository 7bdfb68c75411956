/// Typed look-ups in a GGUF file's metadata, with errors that name the key.
struct MetadataReader {
    let metadata: GGUFMetadata

    init(_ metadata: GGUFMetadata) { self.metadata = metadata }

    func string(_ key: String) throws(ImportProblem) -> String? {
        try value(key, "a string", \.string)
    }

    func bool(_ key: String) throws(ImportProblem) -> Bool? {
        try value(key, "a bool", \.bool)
    }

    func int(_ key: String) throws(ImportProblem) -> Int? {
        try value(key, "an integer", \.int)
    }

    func double(_ key: String) throws(ImportProblem) -> Double? {
        try value(key, "a floating-point number", \.double)
    }

    func strings(_ key: String) throws(ImportProblem) -> [String]? {
        try value(key, "an array of strings", \.array?.strings)
    }

    func ints(_ key: String) throws(ImportProblem) -> [Int]? {
        try value(key, "an array of integers", \.array?.ints)
    }

    func doubles(_ key: String) throws(ImportProblem) -> [Double]? {
        try value(key, "an array of floating-point numbers", \.array?.doubles)
    }

    /// A number from 1 to 2^31, which is what sizes of real models are.
    func size(_ key: String) throws(ImportProblem) -> Int? {
        guard let size = try int(key) else { return nil }
        guard (1...Int(Int32.max)).contains(size) else {
            throw ImportProblem(
                .invalidMetadata(key: key, value: String(size), expected: "a number from 1 to \(Int32.max)"))
        }
        return size
    }

    func required<Value>(_ key: String, _ value: Value?) throws(ImportProblem) -> Value {
        guard let value else { throw ImportProblem(.missingMetadata(key: key)) }
        return value
    }

    private func value<Value>(
        _ key: String, _ expected: String, _ convert: (GGUFValue) -> Value?
    ) throws(ImportProblem) -> Value? {
        guard let stored = metadata[key] else { return nil }
        guard let value = convert(stored) else {
            throw ImportProblem(.wrongMetadataType(key: key, expected: expected, got: stored.typeName))
        }
        return value
    }
}
