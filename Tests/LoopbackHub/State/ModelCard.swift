import Foundation
import Yams

/// The front matter of a README and what the Hub says about it.
struct ModelCard: Sendable {
    var data: JSON?
    var errors: [String] = []
    var warnings: [String] = []

    init(_ content: String) {
        guard let yaml = Self.frontMatter(of: content) else {
            warnings.append("empty or missing yaml metadata in repo card")
            return
        }
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                warnings.append("empty or missing yaml metadata in repo card")
                return
            }
            data = try Self.json(node)
        } catch {
            errors.append("YAML metadata cannot be read: \(error)")
            return
        }
        guard data?.object != nil else {
            errors.append("YAML metadata must be a mapping")
            return
        }
        check()
    }

    /// The answer of `/api/validate-yaml`.
    var verdict: Reply {
        let list: ([String]) -> JSON = { .array($0.map { ["message": .string($0)] }) }
        return .json(
            ["errors": list(errors), "warnings": list(warnings)], status: errors.isEmpty ? 200 : 400)
    }

    private static func frontMatter(of content: String) -> String? {
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasSuffix("\r") ? $0.dropLast() : $0
        }
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return nil }
        return lines[1..<end].joined(separator: "\n")
    }

    private static func json(_ node: Node) throws -> JSON {
        switch node {
        case .scalar(let scalar):
            if let value = node.int, scalar.style == .plain { return .integer(value) }
            if let value = node.float, scalar.style == .plain { return .number(value) }
            if let value = node.bool, scalar.style == .plain { return .bool(value) }
            if node.null != nil, scalar.style == .plain { return .null }
            return .string(scalar.string)
        case .sequence(let sequence):
            return .array(try sequence.map(json))
        case .mapping(let mapping):
            var object: [String: JSON] = [:]
            for (key, value) in mapping {
                guard let name = key.string else { throw Refusal(400, "a key that is not a string") }
                guard object.updateValue(try json(value), forKey: name) == nil else {
                    throw Refusal(400, "duplicated mapping key \(name)")
                }
            }
            return .object(object)
        case .alias:
            throw Refusal(400, "aliases are not supported")
        }
    }

    private mutating func check() {
        checkStrings(
            "license", allowed: { Licenses.known.contains($0) },
            otherwise: "must be one of the known licences")
        checkStrings(
            "base_model",
            allowed: { $0.wholeMatch(of: /[\w.\-]+(\/[\w.\-]+)?/) != nil && !$0.hasPrefix(".") },
            otherwise: "is not valid. Use a model id of the Hub.")
        checkStrings("tags", allowed: { !$0.isEmpty }, otherwise: "must not be empty")
        checkStrings("datasets", allowed: { !$0.isEmpty }, otherwise: "must not be empty")
        checkStrings(
            "language", allowed: { $0.lowercased() == $0 },
            otherwise: "must only contain lowercase characters")
        for name in ["library_name", "pipeline_tag", "license_name", "license_link"] {
            if let value = data?[key: name], value.string == nil {
                errors.append("\"\(name)\" must be a string")
            }
        }
        if let index = data?[key: "model-index"] { check(modelIndex: index) }
    }

    /// A string or a list of strings, each of which has to be `allowed`.
    private mutating func checkStrings(_ name: String, allowed: (String) -> Bool, otherwise: String) {
        guard let value = data?[key: name], value != .null else { return }
        for item in value.array ?? [value] {
            guard let text = item.string else {
                errors.append("\"\(name)\" must be a string or a list of strings")
                continue
            }
            if !allowed(text) { errors.append("\"\(name)\" with value \"\(text)\" \(otherwise)") }
        }
    }

    private mutating func check(modelIndex: JSON) {
        guard let models = modelIndex.array else {
            errors.append("\"model-index\" must be an array")
            return
        }
        for (m, model) in models.enumerated() {
            let prefix = "model-index[\(m)]"
            if model[key: "name"]?.string == nil { errors.append("\"\(prefix).name\" is required") }
            guard let results = model[key: "results"]?.array else {
                errors.append("\"\(prefix).results\" is required")
                continue
            }
            for (r, result) in results.enumerated() { check(result, at: "\(prefix).results[\(r)]") }
        }
    }

    private mutating func check(_ result: JSON, at prefix: String) {
        for (outer, inner) in [("task", "type"), ("dataset", "name"), ("dataset", "type")]
        where result[key: outer]?[key: inner]?.string == nil {
            errors.append("\"\(prefix).\(outer).\(inner)\" is required")
        }
        guard let metrics = result[key: "metrics"]?.array else {
            errors.append("\"\(prefix).metrics\" is required")
            return
        }
        for (m, metric) in metrics.enumerated() {
            if metric[key: "type"]?.string == nil {
                errors.append("\"\(prefix).metrics[\(m)].type\" is required")
            }
            if metric[key: "value"] == nil { errors.append("\"\(prefix).metrics[\(m)].value\" is required") }
        }
    }
}
