import JSONCore

/// The members of an `adapter_config.json` with their types checked; a null counts as missing, as in PEFT.
struct AdapterFields {
    let object: JSONObject

    init(_ bytes: [UInt8]) throws(AdapterRule) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONParser.parse(bytes, limits: JSONLimits(depth: 16))
        } catch {
            throw AdapterRule(.notJSON(error))
        }
        guard let object = document.object else {
            throw AdapterRule(.invalidMember("the document", expected: "an object", got: document.kind))
        }
        self.object = object
    }

    func invalid(_ key: String, expected: String) -> AdapterRule {
        AdapterRule(.invalidMember(key, expected: expected, got: object[key]?.kind ?? "nothing"))
    }

    private func value(_ key: String) -> JSONValue? {
        object[key].flatMap { $0.isNull ? nil : $0 }
    }

    func string(_ key: String) throws(AdapterRule) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw invalid(key, expected: "a string") }
        return text
    }

    func bool(_ key: String) throws(AdapterRule) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.bool else { throw invalid(key, expected: "a boolean") }
        return flag
    }

    func int(_ key: String) throws(AdapterRule) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.int else { throw invalid(key, expected: "an integer") }
        return number
    }

    func double(_ key: String) throws(AdapterRule) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double, number.isFinite else {
            throw invalid(key, expected: "a finite number")
        }
        return number
    }

    /// A list of strings; a single string is a list of one.
    func strings(_ key: String) throws(AdapterRule) -> [String]? {
        guard let value = value(key) else { return nil }
        if let text = value.string { return text.isEmpty ? [] : [text] }
        guard let elements = value.array else { throw invalid(key, expected: "a list of strings") }
        var result: [String] = []
        for element in elements {
            guard let text = element.string else { throw invalid(key, expected: "a list of strings") }
            result.append(text)
        }
        return result
    }

    /// A list of integers; a single integer is a list of one, an empty list says nothing.
    func ints(_ key: String) throws(AdapterRule) -> [Int]? {
        guard let value = value(key) else { return nil }
        if let number = value.int { return [number] }
        guard let elements = value.array else { throw invalid(key, expected: "a list of integers") }
        var result: [Int] = []
        for element in elements {
            guard let number = element.int else { throw invalid(key, expected: "a list of integers") }
            result.append(number)
        }
        return result.isEmpty ? nil : result
    }

    func members(_ key: String) throws(AdapterRule) -> [JSONObject.Member] {
        guard let value = value(key) else { return [] }
        guard let object = value.object else { throw invalid(key, expected: "an object") }
        return object.members
    }
}

/// A broken rule before the path is known.
struct AdapterRule: Error {
    let problem: AdapterConfigProblem
    init(_ problem: AdapterConfigProblem) { self.problem = problem }
}
