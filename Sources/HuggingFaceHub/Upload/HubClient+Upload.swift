/// The result of an upload.
public struct HubUploadOutcome: Sendable {
    /// The commit at which the repository holds the files.
    public let commit: String
    /// Whether a commit was made.
    public let hasChanged: Bool
    /// The paths that the commit changed.
    public let changedPaths: [String]
    /// The bytes of large files that were sent.
    public let sentBytes: Int
    /// The bytes of large files that were there already.
    public let presentBytes: Int
}

/// What an upload would do.
public struct HubUploadPlan: Sendable {
    /// One file of an upload.
    public struct Entry: Sendable {
        /// The path in the repository.
        public let path: String
        /// The number of bytes.
        public let byteCount: Int
        /// Whether the content is stored beside git.
        public let isLarge: Bool
        /// Whether the repository has this content under this path already.
        public let isUnchanged: Bool
    }

    /// The commit that the branch stands on.
    public let head: String
    /// The files.
    public let entries: [Entry]
}

extension HubClient {
    /// Makes sure that a repository and a branch are there.
    ///
    /// - Returns: whether the repository is new.
    /// - Throws: `HubError`.
    public func prepare(_ id: HubRepositoryID, branch: String?, isPrivate: Bool) async throws -> Bool {
        try requireNetwork(for: "publishing")
        let isNew = try await createRepository(id, isPrivate: isPrivate)
        if isNew, isPrivate, try await !info(id).isPrivate {
            throw HubError(
                .badContent, "\(id) was to be private, and the Hub shows it to everybody",
                remedy: "nothing was sent; check the repository's settings on the Hub")
        }
        guard let branch, branch != "main" else { return isNew }
        do {
            _ = try await info(id, revision: branch)
        } catch let error as HubError where error.kind == .notFound {
            try await createBranch(branch, in: id)
        }
        return isNew
    }

    /// Lets the Hub check a model card.
    ///
    /// - Throws: `HubError` of kind `rejected` with what is wrong with it.
    public func check(card: String) async throws {
        for warning in try await validateCard(card) { transport.onEvent(.warning("model card: \(warning)")) }
    }

    /// Puts files into a repository in one commit; content that is there already is not sent again, and nothing
    /// is committed when nothing changes.
    ///
    /// - Parameters:
    ///   - files: Files that can be sent at once.
    ///   - later: Makes files whose hashes take their time, while the others are sent.
    /// - Returns: what it came to, and all files in the order given.
    /// - Throws: `HubError`, or `FileError` when a file cannot be read. What was sent by then is kept by the
    ///   server, so that a repetition continues; the repository itself is unchanged.
    public func upload(
        _ files: [HubUploadFile], later: (@Sendable () -> [HubUploadFile])? = nil, to id: HubRepositoryID,
        branch: String? = nil, summary: String, details: String = ""
    ) async throws -> (outcome: HubUploadOutcome, files: [HubUploadFile]) {
        try requireNetwork(for: "publishing")
        let branch = branch ?? "main"
        let head = try await info(id, revision: branch)
        let progress = TransferProgress(onEvent: transport.onEvent)
        async let made = BlockingWork.run { later?() ?? [] }
        async let ready = store(files, id: id, branch: branch, progress: progress)
        let madeFiles = await made
        let parts = [try await store(madeFiles, id: id, branch: branch, progress: progress), try await ready]
        let changes = parts.reversed().flatMap(\.changes)
        guard !changes.isEmpty else {
            // That everything is there already is not believed: the head has to show it.
            guard try (files + madeFiles).allSatisfy(head.shows) else { throw Self.notShown(id) }
            let outcome = HubUploadOutcome(
                commit: head.commit, hasChanged: false, changedPaths: [], sentBytes: 0, presentBytes: 0)
            return (outcome, files + madeFiles)
        }
        let commit = try await make(
            HubCommit(
                id: id, branch: branch, parent: head.commit, summary: summary, details: details,
                changes: changes, files: files + madeFiles))
        let outcome = HubUploadOutcome(
            commit: commit, hasChanged: commit != head.commit, changedPaths: changes.map(\.file.path),
            sentBytes: parts.reduce(0) { $0 + $1.sentBytes },
            presentBytes: parts.reduce(0) { $0 + $1.presentBytes })
        return (outcome, files + madeFiles)
    }

    /// What an upload would do; nothing is changed.
    ///
    /// - Returns: the plan; nil when the repository or the branch does not exist yet.
    /// - Throws: `HubError`.
    public func plan(
        _ files: [HubUploadFile], for id: HubRepositoryID, branch: String? = nil
    ) async throws -> HubUploadPlan? {
        let info: HubModelInfo
        do {
            info = try await self.info(id, revision: branch)
        } catch let error as HubError where error.kind == .notFound || error.kind == .notPermitted {
            return nil
        }
        let entries = try files.map { file in
            HubUploadPlan.Entry(
                path: file.path, byteCount: file.byteCount, isLarge: info.file(file.path)?.sha256 != nil,
                isUnchanged: try info.shows(file))
        }
        return HubUploadPlan(head: info.commit, entries: entries)
    }

    /// What a commit of some files has to say, once the large ones are stored.
    private struct Stored: Sendable {
        var changes: [HubCommit.Change] = []
        var sentBytes = 0
        var presentBytes = 0
    }

    /// Finds out which files are new or different, and stores the large ones of them that the server does not have.
    private func store(
        _ files: [HubUploadFile], id: HubRepositoryID, branch: String, progress: TransferProgress
    ) async throws -> Stored {
        guard !files.isEmpty else { return Stored() }
        var stored = Stored()
        for (file, mode) in zip(files, try await uploadModes(files, id: id, revision: branch)) {
            let hash = mode.isLarge ? file.sha256 : try file.gitHash()
            guard mode.existing != hash else { continue }
            stored.changes.append(HubCommit.Change(file: file, isLarge: mode.isLarge, hash: hash))
        }
        // Files of equal content are one object.
        var seen: Set<String> = []
        let large = stored.changes.filter(\.isLarge).map(\.file).filter { seen.insert($0.sha256).inserted }
        guard !large.isEmpty else { return stored }
        let actions = try await uploadActions(large, id: id, revision: branch)
        let work = zip(large, actions).compactMap { file, action in action.map { (file: file, action: $0) } }
        let total = large.reduce(0) { $0 + $1.byteCount }
        stored.sentBytes = work.reduce(0) { $0 + $1.file.byteCount }
        stored.presentBytes = total - stored.sentBytes
        progress.expect(total, done: stored.presentBytes)
        try await send(work, id: id, revision: branch, progress: progress)
        return stored
    }
}
