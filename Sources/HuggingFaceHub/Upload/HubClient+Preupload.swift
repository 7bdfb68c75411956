import JSONCore

/// How the Hub wants to receive a file, and what it has under its name.
struct UploadMode: Sendable {
    let isLarge: Bool
    /// The hash of what is there: SHA-256 of a large file, git's of a small one.
    let existing: String?
}

extension HubClient {
    /// No larger file is sent within a commit, which is held in memory; the Hub itself takes 10 MB.
    static let regularLimit = 32 << 20
    private static let filesPerCall = 256
    private static let sampleSize = 512

    /// Asks how each file is to be sent.
    ///
    /// - Returns: the modes in the order of the files.
    func uploadModes(
        _ files: [HubUploadFile], id: HubRepositoryID, revision: String
    ) async throws -> [UploadMode] {
        var modes: [UploadMode] = []
        for start in stride(from: 0, to: files.count, by: Self.filesPerCall) {
            let part = files[start..<min(start + Self.filesPerCall, files.count)]
            modes += try await self.modes(of: Array(part), id: id, revision: revision)
        }
        return modes
    }

    private func modes(
        of files: [HubUploadFile], id: HubRepositoryID, revision: String
    ) async throws -> [UploadMode] {
        let described = try files.map { file -> JSONValue in
            let sample = try file.body.bytes(count: Self.sampleSize)
            return [
                "path": .string(file.path),
                "sample": .string(String(decoding: Base64.encode(sample), as: UTF8.self)),
                "size": JSONValue(file.byteCount),
            ]
        }
        let body: JSONValue = ["files": .array(described)]
        let request = HubRequest.json(
            "POST", apiURL(id, "/preupload/\(URLText.encodedSegment(revision))"), body.encoded())
        let answer = try await transport.send(request)
        let description = transport.describe(request)
        guard let answers = try Self.document(answer, description)["files"]?.array else {
            throw Self.unexpected("a list of files", description)
        }
        var byPath: [String: JSONValue] = [:]
        for entry in answers { if let path = entry["path"]?.string { byPath[path] = entry } }
        return try files.map { file in
            guard let entry = byPath[file.path], let mode = entry["uploadMode"]?.string,
                mode == "lfs" || mode == "regular", let isIgnored = entry["shouldIgnore"]?.bool
            else { throw Self.unexpected("an upload mode for \(file.path)", description) }
            guard !isIgnored else {
                throw HubError(
                    .rejected, "\(file.path): the repository's .gitignore keeps it out",
                    remedy: "change .gitignore on the Hub, or choose another repository", request: description
                )
            }
            guard mode == "lfs" || file.byteCount <= Self.regularLimit else {
                throw HubError(
                    .badContent, "\(file.path) is too large for the way in which the Hub wants it",
                    remedy: "choose another repository, or check .gitattributes on the Hub",
                    request: description)
            }
            return UploadMode(
                isLarge: mode == "lfs" && file.byteCount > 0, existing: entry["oid"]?.string)
        }
    }
}
