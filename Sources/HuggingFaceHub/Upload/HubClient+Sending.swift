import JSONCore
import Platform
import Synchronization

/// A large file on its way: its parts, and the tags of those that have arrived.
private final class FileTransfer: Sendable {
    let file: HubUploadFile
    let action: UploadAction
    private let arrived: Mutex<(tags: [String?], missing: Int)>

    init(_ file: HubUploadFile, by action: UploadAction) {
        self.file = file
        self.action = action
        let count = action.parts?.urls.count ?? 1
        arrived = Mutex((Array(repeating: nil, count: count), count))
    }

    var partCount: Int { action.parts?.urls.count ?? 1 }

    func url(of part: Int) -> HubURL { action.parts?.urls[part] ?? action.url }

    func range(of part: Int) -> Range<Int> {
        guard let size = action.parts?.size else { return 0..<file.byteCount }
        return part * size..<min((part + 1) * size, file.byteCount)
    }

    /// - Returns: the tags of all parts when this was the last one missing.
    func note(_ tag: String?, of part: Int) -> [String?]? {
        arrived.withLock { arrived in
            arrived.tags[part] = tag
            arrived.missing -= 1
            return arrived.missing == 0 ? arrived.tags : nil
        }
    }
}

extension HubClient {
    private static let partsAtOnce = 8

    /// Sends large files and asks the Hub to verify them.
    ///
    /// The parts of all files share one queue, so that the server assembles the first file while the others
    /// are on their way.
    func send(
        _ work: [(file: HubUploadFile, action: UploadAction)], id: HubRepositoryID, revision: String,
        progress: TransferProgress
    ) async throws {
        let transfers = work.map { FileTransfer($0.file, by: $0.action) }
        let line = transfers.flatMap { transfer in (0..<transfer.partCount).map { (transfer, $0) } }
        _ = try await concurrentMap(line, limit: Self.partsAtOnce) { transfer, part in
            do {
                try await self.send(part, of: transfer, progress: progress)
            } catch let error as HubError where error.kind == .notFound && transfer.action.parts != nil {
                // If the answer to a completion was lost, its repetition finds no upload.
                let again = try await self.uploadActions([transfer.file], id: id, revision: revision)
                guard again.compactMap({ $0 }).isEmpty else { throw error }
            }
        }
    }

    /// Sends a part; with the last one that was missing, the file is complete.
    private func send(_ part: Int, of transfer: FileTransfer, progress: TransferProgress) async throws {
        let url = transfer.url(of: part)
        let answer = try await put(
            transfer.file, range: transfer.range(of: part), to: url, progress: progress)
        let tag = answer.headers["etag"]
        guard tag != nil || transfer.action.parts == nil else {
            throw Self.unexpected("an ETag", transport.describe(HubRequest("PUT", url)))
        }
        guard let tags = transfer.note(tag, of: part) else { return }
        if transfer.action.parts != nil { try await complete(transfer, tags: tags.compactMap(\.self)) }
        try await verify(transfer)
    }

    /// Asks the server to assemble the parts.
    private func complete(_ transfer: FileTransfer, tags: [String]) async throws {
        let parts = tags.enumerated().map { index, tag -> JSONValue in
            ["partNumber": JSONValue(index + 1), "etag": .string(tag)]
        }
        let body: JSONValue = ["oid": .string(transfer.file.sha256), "parts": .array(parts)]
        var request = HubRequest.json("POST", transfer.action.url, body.encoded(), type: Self.lfsType)
        request.headers.append(("accept", Self.lfsType))
        request.isAuthorized = false
        _ = try await transport.send(request)
    }

    /// Asks the Hub to verify that it has the file.
    private func verify(_ transfer: FileTransfer) async throws {
        guard let verification = transfer.action.verification else { return }
        let body: JSONValue = [
            "oid": .string(transfer.file.sha256), "size": JSONValue(transfer.file.byteCount),
        ]
        var request = HubRequest.json("POST", verification, body.encoded(), type: Self.lfsType)
        request.headers.append(("accept", Self.lfsType))
        _ = try await transport.send(request)
    }

    /// Sends a part of a file; a repetition starts at its beginning.
    private func put(
        _ file: HubUploadFile, range: Range<Int>, to url: HubURL, progress: TransferProgress
    ) async throws -> HubAnswer {
        var request = HubRequest("PUT", url)
        request.isAuthorized = false
        let base = request
        return try await transport.repeating(base) {
            let attempt = progress.attempt()
            var request = base
            request.body = .slice(ContentSlice(content: file.body, range: range)) { attempt.add($0) }
            do {
                let answer = try await self.transport.exchange(request) { answer in
                    HubAnswer(
                        status: answer.status, headers: answer.headers, body: try await answer.collect())
                }
                attempt.complete(range.count)
                return answer
            } catch {
                attempt.withdraw()
                throw error
            }
        }
    }
}
