import CheckpointIO
import FineTuning
import HuggingFaceHub
import JSONCore
import Platform

/// The ids that a base may have on the Hub, likely ones first. Each must be confirmed by comparing the weights.
enum BaseCandidates {
    private static let limit = 24

    /// The candidates for a checkpoint's base.
    static func of(_ checkpoint: CheckpointContent) -> [HubReference] {
        var texts: [(id: String, revision: String?)] = []
        if let revision = checkpoint.baseRevision { texts.append((checkpoint.baseName, revision)) }
        if let name = checkpoint.adapter.baseModelNameOrPath, !name.hasPrefix("/") {
            texts.append((name, checkpoint.adapter.revision))
        }
        for directory in checkpoint.baseDirectories {
            if let base = CheckpointContent.publishedBase(ofSnapshot: directory) {
                texts.append((base.id, base.revision))
            }
            texts += settings(in: directory).map { ($0, nil) }
            texts += card(BaseCard(directory: directory)).map { ($0, nil) }
            texts += folder(directory).map { ($0, nil) }
        }
        texts += BaseModelTable.entries
            .sorted { a, _ in a.hiddenSize == checkpoint.hiddenSize }.map { ($0.id, nil) }
        var references: [HubReference] = []
        for text in texts {
            guard let id = try? HubRepositoryID(text.id),
                let reference = try? HubReference(id: id, revision: text.revision),
                !references.contains(reference)
            else { continue }
            references.append(reference)
        }
        return Array(references.prefix(limit))
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
    private static func card(_ card: BaseCard) -> [String] {
        var counts: [(id: String, count: Int)] = []
        func note(_ id: Substring) {
            let id = String(id).trimmingDots
            if let index = counts.firstIndex(where: { $0.id == id }) {
                counts[index].count += 1
            } else {
                counts.append((id, 1))
            }
        }
        for match in card.text.matches(of: /huggingface\.co\/([A-Za-z0-9_.\-]+\/[A-Za-z0-9_.\-]+)/) {
            note(match.output.1)
        }
        for match in card.text.matches(of: /["'`]([A-Za-z0-9_.\-]+\/[A-Za-z0-9_.\-]+)["'`]/) {
            note(match.output.1)
        }
        // Equal counts stay in the order of the text.
        let ordered = counts.enumerated().sorted {
            ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
        }
        return ordered.prefix(8).map(\.element.id)
    }

    /// The ids that a folder's name can mean: `ORG--NAME`, `ORG_NAME`, `ORG/NAME`, or a name by which its makers are known.
    private static func folder(_ directory: String) -> [String] {
        let path = CheckpointContent.realPath(directory)
        let name = path.lastComponent
        var ids = ["\(path.parentDirectory.lastComponent)/\(name)"]
        for separator in ["--", "__", "_"] {
            guard let range = name.firstRange(of: separator) else { continue }
            ids.append("\(name[..<range.lowerBound])/\(name[range.upperBound...])")
        }
        ids += BaseModelTable.makers.filter { name.lowercased().hasPrefix($0.prefix) }.map {
            "\($0.maker)/\(name)"
        }
        return ids
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
