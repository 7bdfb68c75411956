/// What an upload came to.
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
    private static let filesAtOnce = 4

    /// Makes sure that a repository and a branch are there.
    ///
    /// - Returns: whether the repository is new.
    /// - Throws: `HubError`.
    public func prepare(_ id: HubRepositoryID, branch: String?, isPrivate: Bool) async throws -> Bool {
        try requireNetwork(for: "publishing")
        let isNew = try await createRepository(id, isPrivate: isPrivate)
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
    /// - Throws: `HubError`, or `CheckpointError` when a file cannot be read. What was sent by then is kept by the
    ///   server, so that a repetition continues; the repository itself is unchanged.
    public func upload(
        _ files: [HubUploadFile], to id: HubRepositoryID, branch: String? = nil, summary: String,
        details: String = ""
    ) async throws -> HubUploadOutcome {
        try requireNetwork(for: "publishing")
        let branch = branch ?? "main"
        let head = try await info(id, revision: branch).commit
        let modes = try await uploadModes(files, id: id, revision: branch)
        var changes: [HubCommit.Change] = []
        for (file, mode) in zip(files, modes) where !mode.isIgnored {
            let hash = mode.isLarge ? file.sha256 : try file.gitHash()
            guard mode.existing != hash else { continue }
            changes.append(HubCommit.Change(file: file, isLarge: mode.isLarge, hash: hash))
        }
        for (file, mode) in zip(files, modes) where mode.isIgnored {
            transport.onEvent(.warning("\(file.path): the repository's .gitignore keeps it out"))
        }
        guard !changes.isEmpty else {
            return HubUploadOutcome(
                commit: head, hasChanged: false, changedPaths: [], sentBytes: 0, presentBytes: 0)
        }
        let (sent, present) = try await store(
            changes.filter(\.isLarge).map(\.file), id: id, branch: branch)
        let commit = try await make(
            HubCommit(
                id: id, branch: branch, parent: head, summary: summary, details: details, changes: changes))
        return HubUploadOutcome(
            commit: commit, hasChanged: true, changedPaths: changes.map(\.file.path), sentBytes: sent,
            presentBytes: present)
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
            let existing = info.file(file.path)
            let isUnchanged =
                if let hash = existing?.sha256 { hash == file.sha256 } else if let hash = existing?.gitHash {
                    try hash == file.gitHash()
                } else { false }
            return HubUploadPlan.Entry(
                path: file.path, byteCount: file.byteCount, isLarge: existing?.sha256 != nil,
                isUnchanged: isUnchanged)
        }
        return HubUploadPlan(head: info.commit, entries: entries)
    }

    /// Stores large files that the server does not have.
    private func store(
        _ files: [HubUploadFile], id: HubRepositoryID, branch: String
    ) async throws -> (sent: Int, present: Int) {
        // Two names of one content are one object.
        var seen: Set<String> = []
        let files = files.filter { seen.insert($0.sha256).inserted }
        guard !files.isEmpty else { return (0, 0) }
        let actions = try await uploadActions(files, id: id, revision: branch)
        let total = files.reduce(0) { $0 + $1.byteCount }
        let work = zip(files, actions).compactMap { file, action in action.map { (file, $0) } }
        let missing = work.reduce(0) { $0 + $1.0.byteCount }
        let progress = TransferProgress(
            total: total, done: total - missing, onEvent: transport.onEvent)
        _ = try await Concurrently.map(work, atOnce: Self.filesAtOnce) { file, action in
            do {
                try await self.send(file, by: action, progress: progress)
            } catch let error as HubError where error.kind == .notFound && action.parts != nil {
                // Of a completion whose answer was lost, the repetition finds no upload any more.
                let again = try await self.uploadActions([file], id: id, revision: branch)
                guard again.compactMap({ $0 }).isEmpty else { throw error }
            }
        }
        return (missing, total - missing)
    }
}
