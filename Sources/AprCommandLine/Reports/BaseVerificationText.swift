import Evaluation
import HuggingFaceCache
import Inference
import JSONCore
import Platform

/// The state of a verified base, for people and for programs.
struct BaseVerificationText {
    let report: BaseVerification

    /// The line for a valid one.
    var line: String {
        let files = NumberFormat.counted(report.files.count, "file")
        let others = report.files.count { !$0.isCompared }
        guard others > 0 else { return "\(report.directory): valid, \(files) with the recorded hashes" }
        return
            "\(report.directory): \(files), all readable and well-formed; no earlier hash is known of \(others) to compare with (--json prints the hashes)"
    }

    /// The object that `--json` prints.
    var json: JSONObject {
        let model = HubCache.modelAndRevision(ofSnapshot: RealPath.of(report.directory))
        return [
            "schema_version": 1, "base": .string(report.directory),
            "repository": model.map { .string($0.id) } ?? .null,
            "commit": model.map { .string($0.revision) } ?? .null, "valid": .bool(report.isValid),
            "problems": JSONValue(report.problems.map(\.description)),
            "files": .array(
                report.files.map { file in
                    [
                        "name": .string(file.name), "size": JSONValue(file.byteCount),
                        "sha256": file.sha256.map { .string($0) } ?? .null,
                        "compared": .bool(file.isCompared),
                        "state": .string(file.problem == nil ? "intact" : "invalid"),
                    ]
                }),
        ]
    }
}
