import JSONCore
import TextTokenization

/// The small tokenizers of the fixture, read once.
struct Toys {
    struct Toy: Sendable {
        let name: String
        let json: JSONValue
        let cases: [JSONValue]
        let truncated: [JSONValue]
        let size: Int
    }

    static let document: JSONValue = {
        guard let document = try? JSONParser.parse(ToyTokenizers.json) else {
            preconditionFailure(
                "ToyTokenizers.swift is not JSON; write it anew with Tools/vocab/make_toys.py")
        }
        return document
    }()

    static let all: [Toy] = (document["toys"]?.array ?? []).compactMap { entry in
        guard let name = entry["name"]?.string, let json = entry["tokenizer"], let size = entry["size"]?.int
        else {
            return nil
        }
        return Toy(
            name: name, json: json, cases: entry["cases"]?.array ?? [],
            truncated: entry["truncated"]?.array ?? [], size: size)
    }

    static func named(_ name: String) -> JSONValue {
        guard let toy = all.first(where: { $0.name == name }) else {
            preconditionFailure("no toy named \(name)")
        }
        return toy.json
    }

    static func ids(_ value: JSONValue?) -> [Int32] {
        (value?.array ?? []).compactMap { $0.int.map(Int32.init) }
    }

    static func strings(_ value: JSONValue?) -> [String] { (value?.array ?? []).compactMap(\.string) }
}

/// Equality of bytes: `String ==` holds for texts that only look the same.
func sameBytes(_ left: [String], _ right: [String]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
}

extension JSONValue {
    /// The value with one member changed, the path given as member names; nil removes it.
    func setting(_ path: [String], to value: JSONValue?) -> JSONValue {
        guard let key = path.first, var object else { return value ?? .null }
        if path.count == 1 {
            object[key] = value
        } else {
            object[key] = (object[key] ?? .object(JSONObject())).setting(Array(path.dropFirst()), to: value)
        }
        return .object(object)
    }
}
