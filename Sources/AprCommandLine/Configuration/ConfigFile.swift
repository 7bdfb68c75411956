package import ArgumentParser
import CheckpointIO
import Platform
import Yams

/// A YAML file of settings, named as the flags are.
///
/// Settings are taken out one by one; `validate` then reports everything that does not fit at once.
package struct ConfigFile {
    private static let sizeLimit = 1 << 20

    private struct Entry {
        let name: String
        let line: Int
        let value: Node
    }

    private let path: String
    private let entries: [Entry]
    private var known: [String] = []
    private var problems: [(line: Int, text: String)] = []

    /// Reads a file.
    ///
    /// - Throws: `FileError` when it cannot be read, `CommandError` when it is no mapping in YAML.
    package init(path: String) throws {
        try self.init(
            bytes: try MappedFile(path: path, limit: Self.sizeLimit).withUnsafeBytes { Array($0) }, path: path
        )
    }

    /// Reads the content of a file.
    package init(bytes: [UInt8], path: String) throws {
        self.path = path
        // Windows' editors put a byte order mark before the first setting.
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw CommandError(
                .badData,
                "\(path): the file is UTF-16; save it as UTF-8, such as with iconv -f UTF-16 -t UTF-8 FILE > NEW"
            )
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(.badData, "\(path): invalid UTF-8; save the file as UTF-8")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw CommandError(.badData, "\(path)\(YAMLProblem(error))")
        }
        guard let root, root.null == nil else {
            entries = []
            return
        }
        guard let mapping = root.mapping else {
            throw CommandError(.badData, "\(path): expected one setting per line, such as \"epochs: 3\"")
        }
        entries = mapping.map { key, value in
            let name = (key.scalar?.string ?? "").split(separator: "_", omittingEmptySubsequences: false)
                .joined(separator: "-")
            return Entry(name: name, line: key.mark?.line ?? value.mark?.line ?? 1, value: value)
        }
    }

    /// Takes a setting unless a flag has set it; the file's value is checked in any case.
    package mutating func fill<Value: ExpressibleByArgument>(
        _ value: inout Value?, _ name: String, _ expected: String
    ) {
        fill(&value, name, expected) { Value(argument: $0) }
    }

    /// Takes a setting that `parse` reads from one text.
    mutating func fill<Value>(
        _ value: inout Value?, _ name: String, _ expected: String, parse: (String) -> Value?
    ) {
        take(name, &value, expected) { $0.scalar.flatMap { parse($0.string) } }
    }

    /// Takes a path, in which `~` and variables are replaced, since no shell does it.
    mutating func fill(path value: inout String?, _ name: String) {
        fill(&value, name, "a path whose variables are set", parse: Self.path)
    }

    /// A path as a file of settings spells it; nil when it names a variable that is not set.
    static func path(_ text: String) -> String? {
        let environment = { (name: String) in getenv(name).map { String(cString: $0) } }
        guard WrittenPath.unknownVariable(in: text, environment) == nil else { return nil }
        return WrittenPath.expanded(text, in: environment)
    }

    /// Takes a setting that is true or false.
    package mutating func fill(_ value: inout Bool?, _ name: String) {
        take(name, &value, "true or false") { $0.bool }
    }

    /// Takes a list, or a text with commas.
    package mutating func fill(_ value: inout CommaList?, _ name: String) {
        take(name, &value, "a list such as [a, b]") { node in
            guard let elements = node.sequence else {
                return node.scalar.flatMap { CommaList(argument: $0.string) }
            }
            let texts = elements.compactMap { $0.scalar?.string }
            return texts.count == elements.count && !texts.isEmpty ? CommaList(texts) : nil
        }
    }

    /// Where a setting stands, such as "settings.yaml:3".
    func location(of name: String) -> String? {
        entries.first { $0.name == name }.map { "\(path):\($0.line)" }
    }

    /// Reports all settings that do not fit.
    ///
    /// - Throws: `CommandError` naming each setting of the wrong kind and each name that is no setting.
    package func validate() throws {
        let unknown = entries.filter { entry in !known.contains { $0 == entry.name } }.map { entry in
            let suggestion = NearMiss.best(of: known, for: entry.name).map { "did you mean \"\($0)\"?" }
            return (
                line: entry.line,
                text:
                    "\"\(entry.name)\" is not a setting; \(suggestion ?? "see apr finetune --help for their names")"
            )
        }
        let lines = (problems + unknown).sorted { $0.line < $1.line }.map { "\(path):\($0.line): \($0.text)" }
        guard lines.isEmpty else { throw CommandError(.usage, lines.joined(separator: "\n")) }
    }

    private mutating func take<Value>(
        _ name: String, _ value: inout Value?, _ expected: String, _ read: (Node) -> Value?
    ) {
        known.append(name)
        let found = entries.filter { $0.name == name }
        if found.count > 1 {
            problems.append((found[1].line, "\"\(name)\" stands twice; remove one"))
        }
        guard let entry = found.first, entry.value.null == nil else { return }
        guard let setting = read(entry.value) else {
            let shown =
                entry.value.scalar.map { "\"\($0.string)\"" }
                ?? (entry.value.mapping == nil ? "a list" : "a mapping")
            problems.append((entry.line, "\(name) is \(shown); expected \(expected)"))
            return
        }
        value = value ?? setting
    }
}

/// What is wrong with a YAML file, after its path.
private struct YAMLProblem: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            description = ":\(mark.line): not valid YAML: \(problem)"
        case YamlError.reader(let problem, _, _, _): description = ": not valid YAML: \(problem)"
        case YamlError.duplicatedKeysInMapping(let names, let context):
            description = ":\(context.mark.line): \"\(names.first ?? "")\" stands twice; remove one"
        default: description = ": not valid YAML"
        }
    }
}
