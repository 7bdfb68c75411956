import JSONCore
import Platform

/// One file of a model on the Hub.
public struct HubFile: Sendable, Hashable {
    /// The largest size in bytes that a server may name: 300 times the largest file that the Hub takes.
    static let sizeLimit = 1 << 44

    /// The path in the repository, checked to stay inside a directory.
    public let path: String
    /// The size in bytes; nil when the server does not say.
    public let byteCount: Int?
    /// The SHA-256 of a large file's content.
    public let sha256: String?
    /// The git hash of a small file's content.
    public let gitHash: String?

    /// The name under which a cache keeps the content.
    public var blobName: String? { sha256 ?? gitHash }
}

/// What the Hub says of a model at a revision.
public struct HubModelInfo: Sendable {
    /// The commit.
    public let commit: String
    /// Whether only some may see it.
    public let isPrivate: Bool
    /// The files.
    public let files: [HubFile]
    /// The licence's id, when the card names one.
    public let license: String?

    /// The file of a path.
    public func file(_ path: String) -> HubFile? { files.first { utf8Equal($0.path, path) } }

    /// Whether a file stands there with this content.
    ///
    /// - Throws: `FileError` when the file cannot be read.
    func shows(_ file: HubUploadFile) throws -> Bool {
        guard let found = self.file(file.path), found.byteCount ?? file.byteCount == file.byteCount else {
            return false
        }
        if let hash = found.sha256 { return hash == file.sha256 }
        // What git keeps itself is small.
        guard let hash = found.gitHash, file.byteCount <= HubClient.regularLimit else { return false }
        return try hash == file.gitHash()
    }
}

extension HubClient {
    /// No model has more files, so that their sizes sum up to a number that can be counted with.
    private static let fileLimit = 100_000

    /// What the Hub says of a model.
    ///
    /// - Throws: `HubError`: of kind `notFound` when there is no such model or revision.
    public func info(_ id: HubRepositoryID, revision: String? = nil) async throws -> HubModelInfo {
        try requireNetwork(for: "\(id)")
        let name = URLText.encodedSegment(revision ?? "main")
        let request = HubRequest("GET", apiURL(id, "/revision/\(name)", query: "blobs=true"))
        return try Self.info(await transport.send(request), transport.describe(request))
    }

    private static func info(_ answer: HubAnswer, _ request: HubError.Request) throws -> HubModelInfo {
        let document = try document(answer, request)
        guard let commit = document["sha"]?.string, Hexadecimal.isValid(commit, digitCount: 40),
            let siblings = document["siblings"]?.array, siblings.count <= fileLimit
        else { throw unexpected("a model's commit and files", request) }
        var files: [HubFile] = []
        var paths: Set<[UInt8]> = []
        for sibling in siblings {
            guard let path = sibling["rfilename"]?.string, RepositoryPath.isSafe(path),
                paths.insert(Array(path.utf8)).inserted
            else {
                throw unexpected("one name inside a directory for each file", request)
            }
            let large = sibling["lfs"]
            let stated = [large?["size"], sibling["size"]].compactMap { $0 }.first { !$0.isNull }
            let size = stated?.int(in: 0...HubFile.sizeLimit)
            guard stated == nil || size != nil else { throw unexpected("sizes of files", request) }
            files.append(
                HubFile(
                    path: path, byteCount: size,
                    sha256: (large?["sha256"] ?? large?["oid"])?.string.flatMap { Self.digits($0, 64) },
                    gitHash: sibling["blobId"]?.string.flatMap { Self.digits($0, 40) }))
        }
        let tag = document["tags"]?.array?.compactMap(\.string).first { $0.hasPrefix("license:") }
        return HubModelInfo(
            commit: commit, isPrivate: document["private"]?.bool ?? false, files: files,
            license: document["cardData"]?["license"]?.string ?? tag.map { String($0.dropFirst(8)) })
    }

    private static func digits(_ text: String, _ count: Int) -> String? {
        Hexadecimal.isValid(text, digitCount: count) ? text : nil
    }

    /// An answer as JSON.
    static func document(_ answer: HubAnswer, _ request: HubError.Request) throws -> JSONValue {
        guard
            let document = try? JSONParser.parse(
                answer.body, limits: JSONLimits(depth: 64, bytes: HubTransport.answerLimit),
                duplicateKeys: .lastWins)
        else { throw unexpected("JSON", request) }
        return document
    }

    static func unexpected(_ expected: String, _ request: HubError.Request) -> HubError {
        HubError(
            .badContent, "the answer does not hold \(expected)",
            remedy: "check that HF_ENDPOINT is a Hub", request: request)
    }
}

/// Paths of files in a repository, which must not lead out of a directory.
enum RepositoryPath {
    /// Whether a path names a file below a directory, and nothing else on any system.
    static func isSafe(_ path: String) -> Bool {
        guard path.utf8.count <= 1024 else { return false }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
                && part.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
        }
    }
}
