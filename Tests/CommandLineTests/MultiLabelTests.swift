import JSONCore
import TestSupport
import Testing

/// Any number of labels per text, from training to figures.
@Suite struct MultiLabelTests {
    @Test func `Lists of labels give a multi-label classifier`() throws {
        let directory = try TemporaryDirectory()
        let rows = (0..<40).map { row in
            let labels = [row % 2 == 0 ? "\"rm\"" : nil, row % 3 == 0 ? "\"cp\"" : nil].compactMap { $0 }
            let text = (row % 2 == 0 ? "rm -rf $dir\(row) " : "") + (row % 3 == 0 ? "cp -r $a\(row)" : "")
            return "{\"text\":\"\(text)\",\"labels\":[\(labels.joined(separator: ","))]}\n"
        }
        let corpus = try directory.write(rows.joined(), to: "corpus.jsonl")
        let outcome = try Apr.expect([
            "finetune", Fixture.base, "--data", corpus, "-o", directory("run"), "--learning-rate", "1e-2",
            "--epochs", "8", "--batch-size", "4", "--quiet", "--json",
        ])
        #expect(try outcome.json()["plan"]?["problem_type"]?.string == "multi_label_classification")
        let prediction = try Apr.expect([
            "predict", directory("run/best"), "--text", "rm -rf $dir2 cp -r $a6", "--json",
        ]).json()
        #expect(prediction["labels"]?.ints == [0, 1])
        #expect(prediction["label_names"]?.strings == ["cp", "rm"])
        #expect(prediction["label"] == nil)
        let report = try Apr.expect(["eval", directory("run/best"), "--data", corpus, "--json"]).json()
        #expect(report["problem_type"]?.string == "multi_label_classification")
        #expect((report["micro_avg"]?["f1"]?.double ?? 0) > 0.8)
        let text = try Apr.expect(["predict", directory("run/best"), "--text", "rm -rf $dir2"]).output
        #expect(text.contains("->"))
    }
}
