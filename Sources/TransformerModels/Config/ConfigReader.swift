public import JSONCore

/// Typed look-ups in a configuration, whose errors name file and key.
public struct ConfigReader: Sendable {
    /// No real model has a dimension near this limit, and products of two such dimensions cannot overflow.
    public static let sizeLimit = 1 << 28

    /// The configuration.
    public let object: JSONObject
    /// The file's name in errors.
    public let path: String
    /// The keys that the family knows, with the values of absent ones.
    var fields = ConfigFields()

    /// The same configuration, read as a family with these fields does.
    func reading(_ fields: ConfigFields) -> ConfigReader {
        var reader = self
        reader.fields = fields
        return reader
    }

    /// A required dimension.
    public func size(_ key: String, limit: Int = sizeLimit) throws(ModelError) -> Int {
        guard let value = try optionalSize(key, limit: limit) else {
            throw ModelError.missingKey(path: path, key: key)
        }
        return value
    }

    /// A dimension; nil if the key is null, or absent and without a default.
    public func optionalSize(_ key: String, limit: Int = sizeLimit) throws(ModelError) -> Int? {
        guard let value = present(key) else { return nil }
        guard let size = value.int, (1...limit).contains(size) else {
            throw invalid(key, expected: "a whole number from 1 to \(limit)")
        }
        return size
    }

    /// A count, which may be 0.
    public func count(_ key: String) throws(ModelError) -> Int? {
        guard let value = present(key) else { return nil }
        guard let count = value.int, (0...Self.sizeLimit).contains(count) else {
            throw invalid(key, expected: "a whole number that is not negative")
        }
        return count
    }

    /// A positive number.
    public func positive(_ key: String) throws(ModelError) -> Double? {
        guard let value = present(key) else { return nil }
        guard let number = value.double, number.isFinite, number > 0 else {
            throw invalid(key, expected: "a positive number")
        }
        return number
    }

    /// A required positive number.
    func number(_ key: String) throws(ModelError) -> Double {
        guard let value = try positive(key) else { throw ModelError.missingKey(path: path, key: key) }
        return value
    }

    /// A number from 0 to below 1; 0 without a value.
    func share(_ key: String) throws(ModelError) -> Double {
        guard let value = present(key) else { return 0 }
        guard let number = value.double, (0..<1).contains(number) else {
            throw invalid(key, expected: "a number from 0 to below 1")
        }
        return number
    }

    /// True or false.
    public func flag(_ key: String) throws(ModelError) -> Bool? {
        guard let value = present(key) else { return nil }
        guard let flag = value.bool else { throw invalid(key, expected: "true or false") }
        return flag
    }

    /// A string.
    public func text(_ key: String) throws(ModelError) -> String? {
        guard let value = present(key) else { return nil }
        guard let text = value.string else { throw invalid(key, expected: "a string") }
        return text
    }

    /// A token id; nil for ids outside the vocabulary, such as the -1 of some bases.
    public func tokenID(_ key: String, vocabSize: Int) throws(ModelError) -> Int32? {
        guard let value = present(key) else { return nil }
        guard let id = value.int else { throw invalid(key, expected: "a token id") }
        return (0..<vocabSize).contains(id) ? Int32(id) : nil
    }

    /// The value of a key, or what its absence means to the family; nil for null, which is not absence.
    private func present(_ key: String) -> JSONValue? {
        (object[key] ?? fields.defaultValue(key)).flatMap { $0.isNull ? nil : $0 }
    }

    /// The error for an impossible value.
    public func invalid(_ key: String, expected: String) -> ModelError {
        let value = object[key]?.encoded() ?? "missing"
        return .invalidValue(path: path, key: key, value: String(value.prefix(80)), expected: expected)
    }

    /// The error for an unsupported feature.
    public func unsupported(_ what: String, _ supported: [String]) -> ModelError {
        .unsupported(path: path, what: what, supported: supported.joined(separator: ", "))
    }
}
