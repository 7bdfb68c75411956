import JSONCore
import NIOCore

/// Where a large file is sent to.
struct UploadAction: Sendable {
    let url: HubURL
    /// The parts' URLs in order, and the size of each but the last; nil to send the file at once.
    let parts: (urls: [HubURL], size: Int)?
    /// Where to say that it is there.
    let verification: HubURL?
}

extension HubClient {
    private static let objectsPerCall = 256
    static let lfsType = "application/vnd.git-lfs+json"

    /// Asks where large files are to be sent; those that are there already need no action.
    ///
    /// - Returns: the actions in the order of the files.
    func uploadActions(
        _ files: [HubUploadFile], id: HubRepositoryID, revision: String
    ) async throws -> [UploadAction?] {
        var actions: [UploadAction?] = []
        for start in stride(from: 0, to: files.count, by: Self.objectsPerCall) {
            let part = files[start..<min(start + Self.objectsPerCall, files.count)]
            actions += try await self.actions(for: Array(part), id: id, revision: revision)
        }
        return actions
    }

    private func actions(
        for files: [HubUploadFile], id: HubRepositoryID, revision: String
    ) async throws -> [UploadAction?] {
        let objects = files.map { file -> JSONValue in
            ["oid": .string(file.sha256), "size": JSONValue(file.byteCount)]
        }
        let body: JSONValue = [
            "operation": "upload", "transfers": ["basic", "multipart"], "objects": .array(objects),
            "hash_algo": "sha256", "ref": ["name": .string(revision)],
        ]
        var request = HubRequest.json(
            "POST", endpoint.url("/\(id.path).git/info/lfs/objects/batch"), body.encoded(), type: Self.lfsType
        )
        request.headers.append(("accept", Self.lfsType))
        let answer = try await transport.send(request)
        let description = transport.describe(request)
        guard let entries = try Self.document(answer, description)["objects"]?.array else {
            throw Self.unexpected("a list of objects", description)
        }
        var byHash: [String: JSONValue] = [:]
        for entry in entries { if let oid = entry["oid"]?.string { byHash[oid] = entry } }
        return try files.map { file in
            guard let entry = byHash[file.sha256] else {
                throw Self.unexpected("an entry for \(file.path)", description)
            }
            if let error = entry["error"] {
                let message = transport.quoted(error["message"]?.string ?? "no reason given")
                throw HubError(
                    .rejected, "\(file.path) is not accepted: \(message)", remedy: "see what the server says",
                    request: description)
            }
            guard let upload = entry["actions"]?["upload"] else { return nil }
            return try action(upload, verify: entry["actions"]?["verify"], for: file, description)
        }
    }

    private func action(
        _ upload: JSONValue, verify: JSONValue?, for file: HubUploadFile, _ description: HubError.Request
    ) throws -> UploadAction {
        func url(_ value: JSONValue?) throws -> HubURL {
            guard let text = value?.string, let url = HubURL(atEndpoint(text)) else {
                throw Self.unexpected("a URL for \(file.path)", description)
            }
            guard endpoint.mayLead(to: url) else {
                throw HubError(
                    .unavailable,
                    "\(file.path) would be sent to \(transport.quoted(url.origin)), which is not safe",
                    remedy: "check HF_ENDPOINT", request: description)
            }
            return url
        }
        let target = try url(upload["href"])
        let verification = try verify.map { try url($0["href"]) }
        guard let chunk = upload["header"]?["chunk_size"] else {
            return UploadAction(url: target, parts: nil, verification: verification)
        }
        guard
            let size = chunk.int(in: 1...HubFile.sizeLimit)
                ?? chunk.string.flatMap({ Int($0, in: 1...HubFile.sizeLimit) }),
            let header = upload["header"]?.object
        else { throw Self.unexpected("a size of parts for \(file.path)", description) }
        let numbered = header.compactMap { member in
            member.key.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
                ? Int(member.key).map { (number: $0, value: member.value) } : nil
        }
        .sorted { $0.number < $1.number }
        guard numbered.count == (file.byteCount - 1) / size + 1,
            zip(numbered, 1...).allSatisfy({ $0.number == $1 })
        else {
            throw Self.unexpected("a URL for each part of \(file.path)", description)
        }
        return UploadAction(
            url: target, parts: (try numbered.map { try url($0.value) }, size), verification: verification)
    }

    /// URLs of the Hub itself lead to the endpoint that replaces it.
    private func atEndpoint(_ text: String) -> String {
        guard text.hasPrefix(HubEndpoint.defaultText + "/") else { return text }
        return endpoint.url(String(text.dropFirst(HubEndpoint.defaultText.count))).text
    }
}
