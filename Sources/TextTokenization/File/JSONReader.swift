import JSONCore

/// A JSON value with its path in the file, which errors name.
struct JSONReader {
    let value: JSONValue
    let path: String

    init(_ value: JSONValue, path: String = "") {
        self.value = value
        self.path = path
    }

    func failure(_ rule: TokenizerError.Rule) -> TokenizerError { TokenizerError(rule, at: path) }

    private func mismatch(_ expected: String) -> TokenizerError {
        failure(.wrongType(expected: expected, found: value.kind))
    }

    // MARK: - Members

    func object() throws(TokenizerError) -> JSONObject {
        guard let object = value.object else { throw mismatch("an object") }
        return object
    }

    /// A member; nil if it is missing or null.
    func optional(_ key: String) throws(TokenizerError) -> JSONReader? {
        guard let member = try object()[key], !member.isNull else { return nil }
        return JSONReader(member, path: path.isEmpty ? key : "\(path).\(key)")
    }

    func required(_ key: String) throws(TokenizerError) -> JSONReader {
        guard let member = try object()[key] else {
            throw TokenizerError(.missing, at: path.isEmpty ? key : "\(path).\(key)")
        }
        return JSONReader(member, path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// The elements. Each one's path is made when it is reached: a million long paths would fill the memory.
    func elements() throws(TokenizerError) -> some Sequence<JSONReader> {
        guard let array = value.array else { throw mismatch("an array") }
        let path = path
        return array.enumerated().lazy.map { JSONReader($0.element, path: "\(path)[\($0.offset)]") }
    }

    // MARK: - Values

    func string() throws(TokenizerError) -> String {
        guard let string = value.string else { throw mismatch("a string") }
        return string
    }

    func bytes() throws(TokenizerError) -> [UInt8] { Array(try string().utf8) }

    func bool() throws(TokenizerError) -> Bool {
        guard let bool = value.bool else { throw mismatch("true or false") }
        return bool
    }

    /// A token id.
    func id() throws(TokenizerError) -> Int32 {
        guard case .number(let number) = value else { throw mismatch("a number") }
        guard let integer = number.int, integer >= 0, let id = Int32(exactly: integer) else {
            throw failure(.idOutOfRange(number.literal))
        }
        return id
    }

    /// A length.
    func count() throws(TokenizerError) -> Int {
        guard case .number(let number) = value else { throw mismatch("a number") }
        guard let integer = number.int, (0...Int(Int32.max)).contains(integer) else {
            throw failure(.invalidValue(number.literal, allowed: "a whole number from 0 to 2147483647"))
        }
        return integer
    }

    /// A member that is true or false; null and absence give the default.
    func bool(_ key: String, default fallback: Bool) throws(TokenizerError) -> Bool {
        try optional(key)?.bool() ?? fallback
    }

    /// One of an enumeration's names.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type
    ) throws(TokenizerError) -> Choice where Choice.RawValue == String {
        let name = try string()
        guard let choice = Choice.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure(.invalidValue("\"\(name)\"", allowed: "one of \(names)"))
        }
        return choice
    }
}
