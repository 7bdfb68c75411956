import Foundation

/// The body of a commit request: one JSON object a line, the header first.
struct CommitLines: Sendable {
    enum Operation: Sendable {
        case file(path: String, content: [UInt8])
        case large(path: String, oid: String, size: Int)
        case deleteFile(path: String)
        case deleteFolder(path: String)
    }

    var summary: String
    var description: String
    var parent: String?
    var operations: [Operation] = []

    /// - Throws: `Refusal` (400) with the number of the line, for anything that is not exactly of this form.
    init(_ body: [UInt8], regularLimit: Int) throws {
        var header: [String: JSON]?
        var paths: Set<String> = []
        var operations: [Operation] = []
        for (index, line) in body.split(separator: UInt8(ascii: "\n")).enumerated() {
            let context = "line \(index + 1)"
            guard let object = try JSON(parsing: line).object, let key = object["key"]?.string,
                let value = object["value"]?.object
            else { throw Refusal(400, "\(context): expected {\"key\": …, \"value\": {…}}") }
            try Self.check(object, has: ["key", "value"], at: context)
            if key == "header" {
                guard index == 0 else { throw Refusal(400, "\(context): the header must be the first line") }
                try Self.check(value, has: ["summary", "description", "parentCommit"], at: context)
                header = value
                continue
            }
            guard header != nil else { throw Refusal(400, "\(context): the header must be the first line") }
            let operation = try Self.operation(key, value, regularLimit: regularLimit, at: context)
            guard paths.insert(operation.path).inserted else {
                throw Refusal(400, "\(context): \"\(operation.path)\" is named twice")
            }
            operations.append(operation)
        }
        guard let header else { throw Refusal(400, "the commit has no header") }
        guard let summary = header["summary"]?.string, !summary.isEmpty else {
            throw Refusal(400, "line 1: \"summary\" is required")
        }
        guard !operations.isEmpty else { throw Refusal(400, "the commit has no operation") }
        if let parent = header["parentCommit"] {
            guard let text = parent.string, isHex(text, count: 40) else {
                throw Refusal(400, "line 1: \"parentCommit\" must be a full commit id")
            }
            self.parent = text
        }
        self.summary = summary
        description = header["description"]?.string ?? ""
        self.operations = operations
    }

    private static func operation(
        _ key: String, _ value: [String: JSON], regularLimit: Int, at context: String
    ) throws -> Operation {
        let path = try path(value, at: context)
        switch key {
        case "file":
            try check(value, has: ["path", "content", "encoding"], at: context)
            guard let encoded = value["content"]?.string, value["encoding"]?.string == "base64",
                let content = Data(base64Encoded: encoded)
            else { throw Refusal(400, "\(context): \"content\" must be base64, and \"encoding\" say so") }
            guard content.count <= regularLimit else {
                throw Refusal(
                    413, "\(context): \"\(path)\" is too large for a commit; it must be an LFS file")
            }
            return .file(path: path, content: Array(content))
        case "lfsFile":
            try check(value, has: ["path", "algo", "oid", "size"], at: context)
            guard value["algo"]?.string == "sha256", let oid = value["oid"]?.string, isHex(oid, count: 64)
            else {
                throw Refusal(400, "\(context): \"oid\" must be a sha256, and \"algo\" say so")
            }
            guard let size = value["size"]?.integer, size > 0 else {
                throw Refusal(400, "\(context): \"size\" is required")
            }
            return .large(path: path, oid: oid, size: size)
        case "deletedFile":
            try check(value, has: ["path"], at: context)
            return .deleteFile(path: path)
        case "deletedFolder":
            try check(value, has: ["path"], at: context)
            return .deleteFolder(path: path.hasSuffix("/") ? String(path.dropLast()) : path)
        default:
            throw Refusal(400, "\(context): unknown key \"\(key)\"")
        }
    }

    private static func check(_ object: [String: JSON], has known: Set<String>, at context: String) throws {
        if let unknown = object.keys.sorted().first(where: { !known.contains($0) }) {
            throw Refusal(400, "\(context): unknown key \"\(unknown)\"")
        }
    }

    private static func path(_ value: [String: JSON], at context: String) throws -> String {
        guard let path = value["path"]?.string, isAcceptable(path: path) else {
            throw Refusal(400, "\(context): \"path\" is missing or not acceptable")
        }
        return path
    }

    /// Whether git, and every client, can have a file of this name inside the repository.
    static func isAcceptable(path: String) -> Bool {
        let trimmed = path.hasSuffix("/") ? path.dropLast() : path[...]
        return !trimmed.isEmpty
            && trimmed.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !["", ".", "..", ".git"].contains($0) && !$0.contains("\\") && !$0.utf8.contains { $0 < 0x20 }
            }
    }
}

extension CommitLines.Operation {
    var path: String {
        switch self {
        case .file(let path, _), .large(let path, _, _), .deleteFile(let path), .deleteFolder(let path): path
        }
    }
}
