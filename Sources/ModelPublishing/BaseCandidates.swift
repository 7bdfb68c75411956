import CheckpointIO
import FineTuning
import HuggingFaceHub
import JSONCore
import ModelCards
import Platform

/// The ids that a base may have on the Hub, likely ones first. Each must be confirmed by comparing the weights.
///
/// The Hub is asked for each of them, so none is made of the names of folders, which are nobody's business.
enum BaseCandidates {
    private static let limit = 24

    /// The candidates for a checkpoint's base.
    static func of(_ checkpoint: CheckpointContent) -> [HubReference] {
        var texts = recorded(checkpoint)
        for directory in checkpoint.baseDirectories {
            texts += settings(in: directory).filter { !isFolder($0, checkpoint) }.map { ($0, nil) }
            texts += card(BaseCard(directory: directory), checkpoint).map { ($0, nil) }
        }
        texts += BaseModelTable.entries
            .sorted { a, _ in a.hiddenSize == checkpoint.hiddenSize }.map { ($0.id, nil) }
        return Array(references(texts).prefix(limit))
    }

    /// What the checkpoint itself calls its base; nil when it knows no id.
    static func recorded(in checkpoint: CheckpointContent) -> HubReference? {
        references(recorded(checkpoint)).first
    }

    private static func recorded(_ checkpoint: CheckpointContent) -> [(id: String, revision: String?)] {
        var texts: [(id: String, revision: String?)] = []
        if let revision = checkpoint.baseRevision { texts.append((checkpoint.baseName, revision)) }
        if let name = checkpoint.adapter.baseModelNameOrPath, !isFolder(name, checkpoint) {
            texts.append((name, checkpoint.adapter.revision))
        }
        for directory in checkpoint.baseDirectories {
            if let base = CheckpointContent.publishedBase(ofSnapshot: directory) {
                texts.append((base.id, base.revision))
            }
        }
        return texts
    }

    /// Those texts that are ids, each once.
    private static func references(_ texts: [(id: String, revision: String?)]) -> [HubReference] {
        var references: [HubReference] = []
        for text in texts {
            guard let id = try? HubRepositoryID(text.id),
                let reference = try? HubReference(id: id, revision: text.revision),
                !references.contains(reference)
            else { continue }
            references.append(reference)
        }
        return references
    }

    /// Whether a text with one slash is a relative path to folders here rather than an id.
    private static func isFolder(_ text: String, _ checkpoint: CheckpointContent) -> Bool {
        let parents =
            [".", checkpoint.directory]
            + checkpoint.baseDirectories.flatMap { [$0.parentDirectory, $0.parentDirectory.parentDirectory] }
        return parents.contains { parent in
            (try? FileStatus.of(parent.appendingComponent(text), followingLinks: true)) != nil
        }
    }

    /// What older versions of transformers noted in a model's files.
    private static func settings(in directory: String) -> [String] {
        [("config.json", "_name_or_path"), ("tokenizer_config.json", "name_or_path")].compactMap {
            file, key in
            let mapped = try? MappedFile(path: directory.appendingComponent(file), limit: 64 << 20)
            let document = try? mapped?.withUnsafeBytes { try JSONParser.parse($0, duplicateKeys: .lastWins) }
            return document?[key]?.string
        }
    }

    /// The models that a README links to or names in quotes; its own is the one that it names most.
    private static func card(_ card: BaseCard, _ checkpoint: CheckpointContent) -> [String] {
        var counts: [(id: String, count: Int)] = []
        func note(_ id: Substring, isLink: Bool) {
            let id = String(id).trimmingDots
            if let index = counts.firstIndex(where: { $0.id == id }) {
                counts[index].count += 1
            } else if isLink || !isFolder(id, checkpoint) {
                counts.append((id, 1))
            }
        }
        for match in card.text.matches(of: /huggingface\.co\/([A-Za-z0-9_.\-]+\/[A-Za-z0-9_.\-]+)/) {
            note(match.output.1, isLink: true)
        }
        for match in card.text.matches(of: /["'`]([A-Za-z0-9_.\-]+\/[A-Za-z0-9_.\-]+)["'`]/) {
            note(match.output.1, isLink: false)
        }
        // Equal counts stay in the order of the text.
        let ordered = counts.enumerated().sorted {
            ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
        }
        return ordered.prefix(8).map(\.element.id)
    }
}

extension String {
    /// The text without dots at its end, as where a sentence ends.
    fileprivate var trimmingDots: String {
        var text = Substring(self)
        while text.hasSuffix(".") { text.removeLast() }
        return String(text)
    }
}
