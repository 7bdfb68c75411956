import Diagnostics
import FineTuning
public import HuggingFaceHub

/// The base of a published model.
public struct ConfirmedBase: Sendable {
    /// Its id on the Hub.
    public let id: HubRepositoryID
    /// The commit that has the weights.
    public let revision: String?
    /// Whether the weights were compared with those on the Hub.
    public let isConfirmed: Bool
    /// The licence that the Hub names.
    public let license: String?
}

/// Finds out which model on the Hub a base is, by the hashes of its weights.
struct BaseConfirmation {
    let client: HubClient
    let checkpoint: CheckpointContent
    let warn: @Sendable (Message) -> Void

    /// The base's id and commit.
    ///
    /// - Parameter given: What the user says it is.
    /// - Throws: `PublishError.baseNotConfirmed`, `.baseDiffers`, or `HubError`.
    func find(given: HubReference?) async throws -> ConfirmedBase {
        if let given { return try await check(given) }
        var tried: [String] = []
        for candidate in BaseCandidates.of(checkpoint) {
            tried.append(candidate.description)
            guard let info = try await info(candidate), hasWeights(info) else { continue }
            return ConfirmedBase(
                id: candidate.id, revision: info.commit, isConfirmed: true, license: info.license)
        }
        throw PublishError.baseNotConfirmed(
            base: checkpoint.baseDirectories.first ?? checkpoint.baseName, tried: tried)
    }

    /// What the base is called as far as this machine knows; nobody has compared the weights.
    static func withoutHub(given: HubReference?, _ checkpoint: CheckpointContent) -> ConfirmedBase? {
        (given ?? BaseCandidates.recorded(in: checkpoint)).map {
            ConfirmedBase(id: $0.id, revision: $0.revision, isConfirmed: false, license: nil)
        }
    }

    private func check(_ given: HubReference) async throws -> ConfirmedBase {
        guard let info = try await info(given),
            info.files.contains(where: { $0.path.hasSuffix(".safetensors") })
        else {
            warn("\(given): the Hub does not show its weights, so they were not compared with the base's")
            return ConfirmedBase(id: given.id, revision: given.revision, isConfirmed: false, license: nil)
        }
        guard hasWeights(info) else { throw PublishError.baseDiffers(id: given.description) }
        return ConfirmedBase(id: given.id, revision: info.commit, isConfirmed: true, license: info.license)
    }

    private func hasWeights(_ info: HubModelInfo) -> Bool {
        let there = Set(info.files.compactMap(\.sha256))
        return !checkpoint.baseHashes.isEmpty && checkpoint.baseHashes.allSatisfy(there.contains)
    }

    private func info(_ reference: HubReference) async throws -> HubModelInfo? {
        do {
            return try await client.info(reference.id, revision: reference.revision)
        } catch let error as HubError where error.kind == .notFound || error.kind == .notPermitted {
            return nil
        }
    }
}
