import Evaluation
import HuggingFaceHub
import JSONCore
import ModelPublishing

/// The result of publishing, for people and for programs.
struct PublishReport {
    let outcome: PublishOutcome
    let request: PublishRequest
    /// Whether nothing was done.
    let isPlan: Bool

    /// The lines.
    var lines: [String] {
        var lines = isPlan ? plan : result
        if let base = outcome.base {
            lines.append(
                "  base     \(base.id)\(base.revision.map { " at \($0)" } ?? "")\(base.isConfirmed ? "" : " (not compared)")"
            )
        }
        lines.append("  licence  \(outcome.license ?? "none named")")
        if isPlan { return lines + ["", "nothing was changed"] }
        return lines + ["", outcome.url, "", "use it:", ""]
            + outcome.snippet.split(
                separator: "\n", omittingEmptySubsequences: false
            ).map { $0.isEmpty ? "" : "  \($0)" }
    }

    private var result: [String] {
        guard outcome.hasChanged else {
            return ["\(request.repository): nothing has changed, no commit was made"]
        }
        let changed = outcome.files.filter { $0.isChanged == true }
        var text = "\(request.repository): published \(NumberFormat.counted(changed.count, "file"))"
        text += ", \(NumberFormat.bytes(outcome.sentBytes)) of large files sent"
        if outcome.presentBytes > 0 { text += ", \(NumberFormat.bytes(outcome.presentBytes)) were there" }
        return [text] + (outcome.commit.map { ["  commit   \($0)"] } ?? [])
    }

    private var plan: [String] {
        var lines = [
            outcome.isNewRepository == true
                ? "would create \(request.repository)\(request.isPrivate ? ", private" : ""), and commit to \(request.branch ?? "main"):"
                : outcome.isNewRepository == nil
                    ? "would publish to \(request.repository), branch \(request.branch ?? "main"):"
                    : outcome.hasChanged
                        ? "would commit to \(request.repository), branch \(request.branch ?? "main"):"
                        : "would make no commit to \(request.repository): nothing has changed"
        ]
        for file in outcome.files {
            lines.append(
                "  \(file.isChanged == false ? "unchanged" : "send     ")  \(file.path), \(NumberFormat.bytes(file.byteCount))"
            )
        }
        if outcome.keptCard { lines.append("  kept       README.md, which was edited on the Hub") }
        return lines
    }

    /// The same for programs.
    var json: JSONObject {
        [
            "schema_version": 1, "status": .string(status),
            "repository": .string(request.repository.description),
            "branch": .string(request.branch ?? "main"), "url": .string(outcome.url),
            "commit": outcome.commit.map { .string($0) } ?? .null,
            "new_repository": outcome.isNewRepository.map { .bool($0) } ?? .null,
            "merged": .bool(request.isMerged),
            "base_model": outcome.base.map { base in
                [
                    "id": .string(base.id.description),
                    "revision": base.revision.map { .string($0) } ?? .null,
                    "confirmed": .bool(base.isConfirmed),
                ]
            } ?? .null,
            "license": outcome.license.map { .string($0) } ?? .null,
            "files": .array(
                outcome.files.map { file in
                    [
                        "path": .string(file.path), "size": JSONValue(file.byteCount),
                        "changed": file.isChanged.map { .bool($0) } ?? .null,
                    ]
                }),
            "sent_bytes": JSONValue(outcome.sentBytes), "present_bytes": JSONValue(outcome.presentBytes),
            "kept_card": .bool(outcome.keptCard),
        ]
    }

    private var status: String {
        if isPlan { return "planned" }
        return outcome.hasChanged ? "published" : "unchanged"
    }
}
