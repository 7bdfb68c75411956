import AsyncHTTPClient
import NIOCore
import Platform

/// The download of one file's content into the cache.
///
/// Large files are downloaded in parallel parts. Complete parts are recorded, so that a later process continues. The
/// hash is computed while the parts arrive, and only content with the right hash is moved to its final name.
struct BlobDownload: Sendable {
    static let partSize = 16 << 20
    private static let partsAtOnce = 4
    /// The bytes to keep from some attempts before failures are counted anew.
    private static let progressSize = 1 << 20

    let client: HubClient
    let layout: HubCacheLayout
    let source: HubURL
    let commit: String
    let file: HubFile
    let hash: String
    let byteCount: Int
    /// Whether content with this name and size is there and damaged.
    let replaces: Bool
    let progress: TransferProgress

    private var parts: Int { max(1, (byteCount + Self.partSize - 1) / Self.partSize) }
    private func range(_ part: Int) -> Range<Int> {
        part * Self.partSize..<min((part + 1) * Self.partSize, byteCount)
    }

    /// Downloads the content, unless another process has done so meanwhile.
    ///
    /// - Throws: `HubError`, `FileError`, or `CancellationError`; what has arrived is kept for the next time.
    func run() async throws {
        let path = layout.lock(hash)
        let onEvent = client.transport.onEvent
        let lock = try await FileLock.acquire(path) { onEvent(.locked(path: path)) }
        defer { withExtendedLifetime(lock) {} }
        guard try replaces || !layout.hasBlob(hash, byteCount: byteCount) else {
            return progress.add(byteCount)
        }
        for attempt in 0..<2 {
            if try await fetch() { return }
            onEvent(.warning("\(file.path): the content does not have its hash; downloading it again"))
            guard attempt == 0 else { break }
        }
        throw HubError(
            .badContent, "\(file.path) of \(commit) does not have the hash \(hash) that the Hub names",
            remedy: "run the command again later, or report it to the model's owner")
    }

    /// Fetches what is missing; false when the content does not have its hash, and nothing of it is kept.
    private func fetch() async throws -> Bool {
        let partial = try PartialFile(path: layout.partialBlob(hash))
        let record = PartRecord(path: layout.partRecord(hash), byteCount: byteCount, partSize: Self.partSize)
        let present = try partial.byteCount()
        if record.done.isEmpty || present > byteCount
            || record.done.contains(where: { $0 >= parts || range($0).upperBound > present })
        {
            try partial.truncate(to: 0)
            try record.begin()
        }
        try checkRoom(record)
        let (ends, continuation) = AsyncStream.makeStream(of: Int.self)
        let (name, count) = (hash, byteCount)
        async let found = BlobHash.following(partial, name: name, byteCount: count, ends: ends)
        do {
            try await fetchParts(into: partial, record: record) { continuation.yield($0) }
            continuation.finish()
        } catch {
            continuation.finish()
            throw error
        }
        guard try await found == hash else {
            progress.add(-byteCount)
            try? DiskFileSystem().removeFile(partial.path)
            record.remove()
            return false
        }
        try partial.synchronize()
        try DiskFileSystem().rename(partial.path, to: layout.blob(hash))
        try DiskFileSystem().synchronizeDirectory(layout.blob(hash).parentDirectory)
        record.remove()
        return true
    }

    private func checkRoom(_ record: PartRecord) throws(FileError) {
        let blobs = layout.blob(hash).parentDirectory
        let missing = (0..<parts).reduce(0) { record.done.contains($1) ? $0 : $0 + range($1).count }
        guard try DiskFileSystem().freeSpace(at: blobs) >= missing else {
            throw .io(.freeSpace, errno: ENOSPC, path: blobs)
        }
    }

    private func fetchParts(
        into partial: PartialFile, record: PartRecord, onPrefix: @escaping (Int) -> Void
    ) async throws {
        var prefix = 0
        func advance() {
            while prefix < parts, record.done.contains(prefix) { prefix += 1 }
            onPrefix(prefix == parts ? byteCount : prefix * Self.partSize)
        }
        for part in record.done { progress.add(range(part).count) }
        advance()
        var missing = (0..<parts).filter { !record.done.contains($0) }[...]
        guard let first = missing.popFirst() else { return }
        // The first answer shows whether the server supports ranges.
        if try await fetch(part: first, into: partial, acceptsWhole: true) {
            for part in 0..<parts where !record.done.contains(part) { try record.add(part) }
            return advance()
        }
        try record.add(first)
        advance()
        try await withThrowingTaskGroup(of: Int.self) { group in
            func start() {
                guard let part = missing.popFirst() else { return }
                group.addTask {
                    _ = try await self.fetch(part: part, into: partial, acceptsWhole: false)
                    return part
                }
            }
            for _ in 0..<Self.partsAtOnce { start() }
            while let part = try await group.next() {
                try record.add(part)
                advance()
                start()
            }
        }
    }

    /// Fetches a part, going on where a connection breaks.
    ///
    /// - Returns: whether the whole file came instead.
    private func fetch(part: Int, into partial: PartialFile, acceptsWhole: Bool) async throws -> Bool {
        let range = range(part)
        var state = PartState(range: range)
        var repetition = 0
        while true {
            do {
                return try await fetch(&state, into: partial, acceptsWhole: acceptsWhole)
            } catch let failure as TransientFailure {
                // Attempts after which enough was kept do not count against the limit.
                if state.next - state.counted >= Self.progressSize {
                    repetition = 0
                    state.counted = state.next
                }
                guard repetition < client.configuration.retries.limit else { throw failure.error }
                try await client.transport.pause(for: failure, repetition: repetition)
                repetition += 1
            }
        }
    }

    private func fetch(
        _ state: inout PartState, into partial: PartialFile, acceptsWhole: Bool
    ) async throws -> Bool {
        var request = HubRequest("GET", source)
        request.isDownload = true
        let isWholeWanted = parts == 1 && state.next == 0
        let wanted = state.next..<state.range.upperBound
        if !isWholeWanted {
            request.headers = [("range", "bytes=\(wanted.lowerBound)-\(wanted.upperBound - 1)")]
        }
        let outcome = try await client.transport.exchange(request, accepting: [416], onRedirect: checkNames) {
            answer in
            try checkNames(answer)
            let isPart = answer.status == 206
            if isPart {
                guard let (sent, total) = answer.headers.contentRange, sent == wanted, total == byteCount
                else {
                    throw transient("the server sent other bytes than were asked for", answer)
                }
            } else if answer.status == 416 {
                throw transient("the server does not have the bytes it announced", answer)
            } else if let length = answer.headers.contentLength, length != byteCount {
                throw transient(
                    "the file has \(length) bytes, and not the \(byteCount) that were announced", answer)
            } else if !isWholeWanted && !acceptsWhole {
                throw transient("the server ignored the range that was asked for", answer)
            }
            let end = isPart ? wanted.upperBound : byteCount
            if !isPart { progress.add(state.range.lowerBound - state.next) }
            return try await receive(answer, from: isPart ? wanted.lowerBound : 0, to: end, into: partial)
        }
        if outcome.isWhole {
            guard outcome.error == nil else {
                progress.add(-outcome.count)
                state.next = state.range.lowerBound
                throw outcome.error ?? CancellationError()
            }
            return parts > 1
        }
        state.next += outcome.count
        if let error = outcome.error { throw error }
        return false
    }

    /// Writes an answer's body; what arrived before an error counts.
    private func receive(
        _ answer: OpenAnswer, from start: Int, to end: Int, into partial: PartialFile
    ) async throws -> Received {
        var received = Received(isWhole: answer.status != 206)
        do {
            for try await piece in answer.body {
                guard start + received.count + piece.readableBytes <= end else {
                    throw transient("the server sent more bytes than were asked for", answer)
                }
                try piece.withUnsafeReadableBytes { try partial.write($0, at: start + received.count) }
                received.count += piece.readableBytes
                answer.watch.count(piece.readableBytes)
                progress.add(piece.readableBytes)
            }
            if start + received.count < end {
                received.error = transient(
                    "the answer ends \(end - start - received.count) bytes early", answer)
            }
        } catch {
            received.error = HubTransport.explained(error, answer.request, client.configuration)
        }
        if let error = received.error, !(error is TransientFailure) { throw error }
        return received
    }

    /// The names that come with the content must be those that were announced.
    private func checkNames(_ answer: OpenAnswer) throws {
        guard answer.url.hasSameOrigin(as: client.endpoint.url) else { return }
        if let tag = answer.headers.etag, BlobHash(name: tag, byteCount: 0) != nil, tag != hash {
            throw transient("the server names the content \(tag), where \(hash) was announced", answer)
        }
        if let named = answer.headers["x-repo-commit"], named != commit {
            throw transient("the server answers for commit \(client.transport.quoted(named))", answer)
        }
    }

    private func transient(_ fact: String, _ answer: OpenAnswer) -> TransientFailure {
        TransientFailure(
            error: HubError(
                .badContent, "\(file.path): \(fact)", remedy: "run the command again", request: answer.request
            ))
    }

    private struct PartState {
        let range: Range<Int>
        var next: Int
        /// Where the failures were last counted from.
        var counted: Int

        init(range: Range<Int>) {
            self.range = range
            next = range.lowerBound
            counted = range.lowerBound
        }
    }

    private struct Received {
        let isWhole: Bool
        var count = 0
        var error: (any Error)?
    }
}
