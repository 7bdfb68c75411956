import ClassificationData
import HuggingFaceCache
package import Inference
package import JSONCore
import Platform

/// `README.md` of a checkpoint: a model card whose Python runs as it stands.
///
/// It is made from the checkpoint's `model.apr` and `metadata.json`, so that it can be made again when the checkpoint
/// moves. The owner's text between the markers is kept.
package struct ModelCard: Sendable {
    /// The names that depend on where the checkpoint is.
    package struct References: Sendable {
        /// What loads the base: its Hub id or its directory; nil if neither is known.
        package var base: String?
        /// The base's commit on the Hub, when known.
        package var baseRevision: String?
        /// What loads the checkpoint: its directory, or its Hub id once published.
        package var checkpoint: String
        /// The licence's id, if known.
        package var license: String?
        /// Whether the weights are merged into the base's, and there is no adapter.
        package var isMerged = false

        package init(
            base: String?, baseRevision: String?, checkpoint: String, license: String?, isMerged: Bool = false
        ) {
            self.base = base
            self.baseRevision = baseRevision
            self.checkpoint = checkpoint
            self.license = license
            self.isMerged = isMerged
        }

        /// The base's id, when it is one.
        var baseID: String? { base.flatMap { HubCache.isID($0) && $0.contains("/") ? $0 : nil } }
    }

    let description: ModelDescription
    /// `metadata.json`.
    let metadata: JSONObject
    let references: References
    /// The owner's text between the markers.
    let notes: String

    /// A card.
    ///
    /// - Parameter previous: The card to take the owner's notes from.
    package init(
        description: ModelDescription, metadata: JSONObject, references: References, previous: String? = nil
    ) {
        self.description = description
        self.metadata = metadata
        self.references = references
        notes = previous.flatMap(CardNotes.text(in:)) ?? CardNotes.invitation
    }

    /// The card.
    package var text: String {
        let sections: [(heading: String, body: String)] = [
            ("Labels", labelTable), ("Use", use), ("Results", results), ("Data", data),
            ("Training", training), ("Notes", CardNotes.marked(notes)),
        ]
        let body = sections.map { "## \($0.heading)\n\n\($0.body)\n" }.joined(separator: "\n")
        return "\(frontMatter)\n# \(title)\n\n\(introduction)\n\n\(body)"
    }

    /// The name of the base for people.
    var baseName: String { references.baseID ?? description.base.name }

    private var title: String { "\(description.labels.count)-class text classifier on \(baseName)" }

    private var introduction: String {
        let kind =
            references.isMerged
            ? "A sequence classifier: a LoRA adapter and a classification head, merged into the base's weights"
            : "A LoRA adapter with a classification head"
        var text = "\(kind), trained with apr \(toolVersion)."
        text +=
            " The base is \(references.baseID.map { "[\($0)](https://huggingface.co/\($0))" } ?? "`\(Self.plain(baseName))`")"
        if references.baseID != nil, let revision = references.baseRevision {
            text += " at commit `\(revision)`"
        }
        text += "."
        text += references.license.map { " Licence: \($0)." } ?? " Its licence is not known to this card."
        if description.problemType == .multiLabel { text += " A text can have any number of the labels." }
        return text
    }

    private var toolVersion: String {
        metadata["versions"]?["apr"]?.string.map(Markdown.escaped) ?? "(unknown version)"
    }

    private var labelTable: String {
        CardTable(
            ["id", "label"], alignedRight: [0],
            description.labels.names.enumerated().map {
                ["\($0.offset)", $0.element]
            }
        ).text
    }

    private var data: String {
        let train = metadata["train_label_counts"]?.array?.compactMap(\.int) ?? []
        let validation = metadata["validation_label_counts"]?.array?.compactMap(\.int) ?? []
        var text =
            "\(count("train_examples")) training and \(count("validation_examples")) validation examples; no text of them is part of this repository."
        if train.count == description.labels.count {
            let rows = description.labels.names.enumerated().map { index, name in
                [name, "\(train[index])", validation.count == train.count ? "\(validation[index])" : "-"]
            }
            text += "\n\n" + CardTable(["label", "training", "validation"], alignedRight: [1, 2], rows).text
        }
        if let hash = metadata["data_hash"]?.string {
            text += "\n\nSHA-256 of the data: `\(Self.plain(hash))`"
        }
        return text
    }

    private func count(_ key: String) -> String {
        metadata[key]?.int.map { String($0) } ?? "an unknown number of"
    }

    /// The text without characters that would end a code span.
    static func plain(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.isUnsafeToShow || $0 == "`" ? " " : String($0) }.joined())
    }

    /// A number with four decimals.
    static func digits(_ value: Double?) -> String {
        value.map { "\(($0 * 10_000).rounded() / 10_000)" } ?? "-"
    }
}
