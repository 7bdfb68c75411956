import Foundation
import TestSupport

/// What a guide takes for granted: a base, a corpus and a directory to write to.
struct GuideFiles {
    private let directory: TemporaryDirectory
    /// The tiny base of the command line's tests.
    let base: String
    let corpus: String
    let output: String

    init() throws {
        directory = try TemporaryDirectory()
        base =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/command-line/base").path
        let rows = (0..<40).map { row in
            row % 2 == 0
                ? #"{"input": "cp \"$a\#(row)\" \"$b\"", "label": "safe"}"#
                : #"{"input": "rm -rf $dir\#(row)", "label": "unsafe"}"#
        }
        corpus = try directory.write(rows.joined(separator: "\n") + "\n", to: "corpus.jsonl")
        output = directory("checkpoints")
    }
}
