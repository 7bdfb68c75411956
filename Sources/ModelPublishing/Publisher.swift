import CheckpointIO
public import Diagnostics
import FineTuning
public import HuggingFaceHub
import ModelCards

/// What is to be published, and how.
public struct PublishRequest: Sendable {
    /// The checkpoint's directory.
    public var checkpoint: String
    /// The repository.
    public var repository: HubRepositoryID
    /// The branch; nil for the main one.
    public var branch: String?
    /// The commit's first line; nil for one that says what it is.
    public var message: String?
    /// Whether a new repository is private.
    public var isPrivate = false
    /// Whether the merged model is published instead of the adapter.
    public var isMerged = false
    /// The licence's id; nil takes the base's.
    public var license: String?
    /// What the base is called on the Hub; nil finds out.
    public var baseModel: HubReference?
    /// Whether a card that was edited on the Hub is replaced.
    public var overwritesCard = false

    /// A request with nothing but what it needs.
    public init(checkpoint: String, repository: HubRepositoryID) {
        self.checkpoint = checkpoint
        self.repository = repository
    }
}

/// The result of publishing, or of a dry run.
public struct PublishOutcome: Sendable {
    /// One file.
    public struct File: Sendable {
        /// The path in the repository.
        public let path: String
        /// The number of bytes.
        public let byteCount: Int
        /// Whether it is new or different there; nil when that is not known yet.
        public let isChanged: Bool?
    }

    /// The page of the model.
    public let url: String
    /// The commit that holds the files; nil before there is one.
    public let commit: String?
    /// Whether a commit was made.
    public let hasChanged: Bool
    /// Whether the repository did not exist before; nil when nothing was done.
    public let isNewRepository: Bool?
    /// The base.
    public let base: ConfirmedBase?
    /// The licence.
    public let license: String?
    /// The files.
    public let files: [File]
    /// The bytes of large files that were sent, and of those that were there.
    public let sentBytes: Int
    /// The bytes of large files that were there already.
    public let presentBytes: Int
    /// Whether the card on the Hub was left as it is.
    public let keptCard: Bool
    /// The Python that uses the model.
    public let snippet: String
}

/// Publishes a checkpoint: everything is checked first, and the repository changes in one commit.
public struct Publisher: Sendable {
    private static let cardLimit = 16 << 20

    /// What was asked for.
    public let request: PublishRequest
    private let checkpoint: CheckpointContent
    private let warn: @Sendable (Message) -> Void

    /// Checks what can be checked without a network: the checkpoint, the licence, the token and the card.
    ///
    /// - Parameter isPlan: Whether nothing is going to be published, which needs no token.
    /// - Throws: `FileError`, `ClassifierError`, `PublishError` or `HubError`.
    public init(
        _ request: PublishRequest, configuration: HubConfiguration, isPlan: Bool = false,
        warn: @escaping @Sendable (Message) -> Void = { _ in },
        progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws {
        self.request = request
        self.warn = warn
        checkpoint = try CheckpointContent(directory: request.checkpoint, progress: progress)
        if let license = request.license { try License.check(license) }
        guard isPlan || configuration.token != nil else { throw PublishError.noToken }
        try CardCheck.check(
            checkpoint.card(references(base: nil, license: request.license ?? knownBaseLicense)))
        if let name = checkpoint.editedNames.first(where: { $0 == "README.md" }) {
            warn(
                "\(name) was edited; the card is made again, and of the edits only those between its two marks are kept"
            )
        }
    }

    /// Publishes.
    ///
    /// - Parameter merged: The merged model, where it is to be published.
    /// - Throws: `HubError`, `PublishError` or `FileError`; the repository then is as it was.
    public func publish(by client: HubClient, merged: MergedModel? = nil) async throws -> PublishOutcome {
        var content = try await content(by: client, merged: merged)
        let isNew = try await client.prepare(
            request.repository, branch: request.branch, isPrivate: request.isPrivate)
        let keepsCard = try await isCardEdited(by: client)
        if keepsCard {
            warn(
                "the README on the Hub was edited there and is kept; replace it with \(setting: .overwriteCard)"
            )
            content.ready.removeAll { $0.path == "README.md" }
        } else {
            try await client.check(card: content.card)
        }
        let message =
            request.message ?? "Publish \(request.isMerged ? "merged model" : "checkpoint") with apr"
        let (outcome, files) = try await client.upload(
            content.ready, later: content.later?.made, to: request.repository, branch: request.branch,
            summary: message)
        return PublishOutcome(
            url: client.configuration.endpoint.page(request.repository.description), commit: outcome.commit,
            hasChanged: outcome.hasChanged, isNewRepository: isNew, base: content.base,
            license: content.license,
            files: files.map { file in
                PublishOutcome.File(
                    path: file.path, byteCount: file.byteCount,
                    isChanged: outcome.changedPaths.contains(file.path))
            },
            sentBytes: outcome.sentBytes, presentBytes: outcome.presentBytes, keptCard: keepsCard,
            snippet: content.snippet)
    }

    /// Finds out what publishing would do, without doing it. Without the Hub, it says what can be said.
    ///
    /// - Throws: as `publish`.
    public func plan(by client: HubClient, merged: MergedModel? = nil) async throws -> PublishOutcome {
        guard !client.configuration.isOffline else {
            warn("the network is not used, so nothing is compared with the Hub")
            return try planWithoutHub(client.configuration, merged)
        }
        do {
            return try await compared(by: client, merged)
        } catch let error as HubError where error.kind == .unavailable {
            warn("the Hub cannot be reached, so nothing is compared with it (\(error.fact))")
            return try planWithoutHub(client.configuration, merged)
        }
    }

    private func planWithoutHub(
        _ configuration: HubConfiguration, _ merged: MergedModel?
    ) throws -> PublishOutcome {
        let base = BaseConfirmation.withoutHub(given: request.baseModel, checkpoint)
        if base == nil, !request.isMerged {
            warn("the base's id on the Hub is not known; \(setting: .baseModelID) names it")
        }
        let content = try content(base: base, merged: merged)
        return outcome(
            of: content, files: content.ready + (content.later?.made() ?? []), plan: nil,
            isNew: nil, keepsCard: false, configuration)
    }

    private func compared(by client: HubClient, _ merged: MergedModel?) async throws -> PublishOutcome {
        var content = try await content(by: client, merged: merged)
        let keepsCard = try await isCardEdited(by: client)
        if keepsCard { content.ready.removeAll { $0.path == "README.md" } }
        let files = content.ready + (content.later?.made() ?? [])
        let plan = try await client.plan(files, for: request.repository, branch: request.branch)
        // Without a token, a private repository looks as if it were not there.
        let isNew = plan == nil ? (client.configuration.token == nil ? nil : true) : false
        return outcome(
            of: content, files: files, plan: plan, isNew: isNew, keepsCard: keepsCard, client.configuration)
    }

    private func outcome(
        of content: Content, files: [HubUploadFile], plan: HubUploadPlan?, isNew: Bool?, keepsCard: Bool,
        _ configuration: HubConfiguration
    ) -> PublishOutcome {
        let entries = plan?.entries
        return PublishOutcome(
            url: configuration.endpoint.page(request.repository.description), commit: plan?.head,
            hasChanged: entries?.contains { !$0.isUnchanged } ?? true, isNewRepository: isNew,
            base: content.base, license: content.license,
            files: files.enumerated().map { index, file in
                PublishOutcome.File(
                    path: file.path, byteCount: file.byteCount,
                    isChanged: entries.map { !$0[index].isUnchanged } ?? (isNew == true ? true : nil))
            },
            sentBytes: 0, presentBytes: 0, keptCard: keepsCard, snippet: content.snippet)
    }

    // MARK: - What is sent

    private struct Content {
        var ready: [HubUploadFile]
        let later: PublishedFiles.LaterFiles?
        let card: String
        let base: ConfirmedBase?
        let license: String?
        let snippet: String
    }

    private func content(by client: HubClient, merged: MergedModel?) async throws -> Content {
        let base = try await base(by: client)
        return try content(base: base, merged: merged)
    }

    private func content(base: ConfirmedBase?, merged: MergedModel?) throws -> Content {
        let license = try license(base)
        let references = references(base: base, license: license)
        let card = CardDigest.adding(to: checkpoint.card(references))
        try CardCheck.check(card)
        let published = PublishedFiles(checkpoint: checkpoint, base: base, card: card)
        let files: (ready: [HubUploadFile], later: PublishedFiles.LaterFiles?)
        if request.isMerged {
            guard let merged else { throw PublishError.notMerged }
            files = (try published.ofMerged(merged), nil)
        } else {
            files = try published.ofAdapter()
        }
        return Content(
            ready: files.ready, later: files.later, card: card, base: base, license: license,
            snippet: checkpoint.snippet(references))
    }

    /// The base; a merged model can do without.
    private func base(by client: HubClient) async throws -> ConfirmedBase? {
        let confirmation = BaseConfirmation(client: client, checkpoint: checkpoint, warn: warn)
        do {
            return try await confirmation.find(given: request.baseModel)
        } catch let error as PublishError {
            guard request.isMerged, case .baseNotConfirmed = error else { throw error }
            warn(
                "the base's id on the Hub is not known, so the card does not name it; \(setting: .baseModelID) does"
            )
            return nil
        }
    }

    private var knownBaseLicense: String? {
        let directories = checkpoint.baseDirectories.lazy.compactMap { BaseCard(directory: $0).license }
        let license = checkpoint.baseLicense ?? directories.first
        return license.flatMap { License.ids.contains($0) ? $0 : nil }
    }

    private func license(_ base: ConfirmedBase?) throws -> String? {
        if let license = request.license { return license }
        if let license = knownBaseLicense ?? base?.license, License.ids.contains(license) { return license }
        warn("no licence is known for the base, so the card names none; give one with \(setting: .license)")
        return nil
    }

    private func references(base: ConfirmedBase?, license: String?) -> ModelCard.References {
        ModelCard.References(
            base: base?.id.description, baseRevision: base?.revision,
            checkpoint: request.repository.description, license: license, isMerged: request.isMerged)
    }

    /// Whether the card was edited on the Hub and must be kept.
    private func isCardEdited(by client: HubClient) async throws -> Bool {
        guard !request.overwritesCard else { return false }
        let content: [UInt8]?
        do {
            content = try await client.content(
                of: "README.md", in: request.repository, revision: request.branch ?? "main",
                limit: Self.cardLimit)
        } catch let error as HubError where error.kind == .notPermitted || error.kind == .notFound {
            return false
        }
        return content.map { !CardDigest.isIntact(String(decoding: $0, as: UTF8.self)) } ?? false
    }
}
