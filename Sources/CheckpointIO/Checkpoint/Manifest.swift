import Crypto
import JSONCore
public import Platform

/// `manifest.json`: what a checkpoint directory holds, byte for byte.
///
/// The document is canonical JSON on one line, with sorted keys and a final newline, and carries the digest of
/// its own content without the digest. A directory without a valid manifest is not a checkpoint.
public struct Manifest: Sendable, Hashable {
    /// The manifest's file name.
    public static let fileName = "manifest.json"
    /// The version of the manifest's layout.
    public static let schemaVersion = 1
    private static let format = "apr-checkpoint"
    private static let sizeLimit = 4 << 20

    /// What a change to a file means.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        /// A change makes the checkpoint invalid.
        case protected
        /// A change is reported and allowed.
        case editable
        /// Belongs to this machine: its absence only forbids resuming, and it is never published.
        case local

        /// The role that a file of this name has in a checkpoint.
        public static func ofFile(_ name: String) -> Role {
            switch name {
            case "README.md": .editable
            case "training_state.apr": .local
            default: .protected
            }
        }
    }

    /// One file of the directory.
    public struct Entry: Sendable, Hashable {
        /// The file's name.
        public let name: String
        /// The file's size in bytes.
        public let byteCount: Int
        /// The SHA-256 of its content, in lower-case hexadecimal digits.
        public let sha256: String
        /// What a change to it means.
        public let role: Role

        /// An entry with the role that goes with its name, or another one.
        public init(name: String, byteCount: Int, sha256: String, role: Role? = nil) {
            self.name = name
            self.byteCount = byteCount
            self.sha256 = sha256
            self.role = role ?? .ofFile(name)
        }
    }

    /// The files in byte order of their names.
    public let entries: [Entry]

    /// A manifest of these files.
    public init(_ entries: [Entry]) {
        self.entries = entries.sorted { utf8Precedes($0.name, $1.name) }
    }

    /// The entry of a file, if it is listed.
    public func entry(_ name: String) -> Entry? {
        entries.first { utf8Equal($0.name, name) }
    }

    /// The manifest's content without its digest; the digest is taken over its canonical spelling.
    private var content: JSONObject {
        let files = JSONObject(
            entries.map { entry in
                let value: JSONValue = [
                    "role": .string(entry.role.rawValue), "sha256": .string(entry.sha256),
                    "size": JSONValue(entry.byteCount),
                ]
                return (entry.name, value)
            })
        return [
            "files": .object(files), "format": .string(Self.format),
            "schema_version": JSONValue(Self.schemaVersion),
        ]
    }

    /// The digest that the manifest carries: SHA-256 of its canonical content, in hexadecimal digits.
    public var digest: String {
        let text = JSONValue.object(content).encoded(.canonical)
        return Hexadecimal.text(SHA256.hash(data: Array(text.utf8)))
    }

    /// The document as it is written.
    public func encoded() -> [UInt8] {
        var document = content
        document["digest"] = .string(digest)
        return Array((JSONValue.object(document).encoded(.canonical) + "\n").utf8)
    }

    /// Reads and checks a directory's manifest.
    ///
    /// - Throws: `FileError` when there is none or it breaks a rule.
    public init(directory: String) throws(FileError) {
        try self.init(path: directory.appendingComponent(Self.fileName))
    }

    /// Reads and checks the manifest of a directory that is held open.
    init(in directory: HeldDirectory) throws(FileError) {
        let file = try MappedFile(Self.fileName, in: directory, limit: Self.sizeLimit)
        try self.init(bytes: file.withUnsafeBytes { Array($0) }, path: file.path)
    }

    /// Reads and checks a manifest.
    ///
    /// - Throws: `FileError` when the file cannot be read or breaks a rule.
    public init(path: String) throws(FileError) {
        let file = try MappedFile(path: path, limit: Self.sizeLimit)
        try self.init(bytes: file.withUnsafeBytes { Array($0) }, path: path)
    }

    /// Parses and checks a manifest's bytes; `path` is where an error says it is.
    public init(bytes: [UInt8], path: String) throws(FileError) {
        func refuse(_ problem: ManifestProblem) -> FileError {
            FileError(problem, path: path)
        }
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONParser.parse(bytes, limits: JSONLimits(depth: 4, bytes: Self.sizeLimit))
        } catch {
            throw refuse(.notJSON(error))
        }
        guard let object = document.object else {
            throw refuse(.invalidMember("the document", expected: "an object"))
        }
        guard let format = object["format"]?.string, let version = object["schema_version"]?.int else {
            throw refuse(.invalidMember("format or schema_version", expected: "there"))
        }
        guard utf8Equal(format, Self.format), version == Self.schemaVersion else {
            throw refuse(.unsupportedVersion("\(format) \(version)"))
        }
        guard let files = object["files"]?.object else {
            throw refuse(.invalidMember("files", expected: "an object"))
        }
        var entries: [Entry] = []
        for member in files.members { entries.append(try Self.entry(member, refuse)) }
        self.init(entries)
        guard entries.contains(where: { $0.role == .protected }) else { throw refuse(.listsNothing) }

        guard let stated = object["digest"]?.string else {
            throw refuse(.invalidMember("digest", expected: "a string"))
        }
        guard utf8Equal(stated, digest) else {
            throw refuse(.digestMismatch(expected: stated, got: digest))
        }
        // Members and spellings that the digest does not cover are refused.
        guard encoded() == bytes else { throw refuse(.notCanonical) }
    }

    private static func entry(
        _ member: JSONObject.Member, _ refuse: (ManifestProblem) -> FileError
    ) throws(FileError) -> Entry {
        let name = member.key
        guard FileName.isPlain(name), !utf8Equal(name, fileName) else { throw refuse(.unsafeName(name)) }
        guard let size = member.value["size"]?.int, size >= 0 else {
            throw refuse(.invalidMember("the size of \"\(name)\"", expected: "a size"))
        }
        guard let sha256 = member.value["sha256"]?.string, Hexadecimal.isValid(sha256, digitCount: 64) else {
            throw refuse(
                .invalidMember("the sha256 of \"\(name)\"", expected: "64 lower-case hexadecimal digits"))
        }
        guard let role = member.value["role"]?.string.flatMap(Role.init(rawValue:)) else {
            throw refuse(.invalidMember("the role of \"\(name)\"", expected: "protected, editable or local"))
        }
        // A manifest must not be able to declare the weights editable.
        guard role == Role.ofFile(name) else {
            throw refuse(.invalidMember("the role of \"\(name)\"", expected: Role.ofFile(name).rawValue))
        }
        return Entry(name: name, byteCount: size, sha256: sha256, role: role)
    }
}
