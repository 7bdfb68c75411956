import Foundation
import JSONCore
import TestSupport
import Testing

/// What the program says about corpora, from the shell.
@Suite struct DataMessageTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func expect(
        _ status: Int32, _ arguments: [String], input: String = "", says words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try Apr.run(arguments, input: input)
        #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
        }
    }

    private func plan(_ data: String, _ more: String...) -> [String] {
        ["finetune", Fixture.base, "--data", data, "--plan", "-o", directory("run")] + more
    }

    private func rows(_ separator: String) -> String {
        "text,label\n".replacing(",", with: separator)
            + (0..<20).map { "text \($0)\(separator)\($0 % 2 == 0 ? "a" : "b")\n" }.joined()
    }

    @Test func `a table with another name is read with the flag that the message gives`() throws {
        let corpus = try directory.write(rows(","), to: "corpus.txt")
        try expect(65, plan(corpus), says: "looks like the header of a table", "--format csv")
        try Apr.expect(plan(corpus, "--format", "csv"))
        let semicolons = try directory.write("sep=;\r\n" + rows(";"), to: "excel.csv")
        try Apr.expect(plan(semicolons))
    }

    @Test func `flags are spelled in messages about labels`() throws {
        let corpus = try directory.write("text,label\na,x\nb,y\nc,x;y\n", to: "c.csv")
        try expect(65, plan(corpus), says: "c.csv:4: ", "--label-separator ';'", "--no-multi-label")
        try Apr.expect(plan(corpus, "--label-separator", ";", "--val-split", "0"))
        try Apr.expect(plan(corpus, "--no-multi-label", "--val-split", "0"))
        try expect(
            64, plan(corpus, "--no-multi-label", "--label-separator", ";"), says: "--label-separator is for")
        try expect(64, plan(corpus, "--label-separator", ""), says: "--label-separator is empty")
        try expect(
            64, plan(corpus, "--input-column", "a", "--text-columns", "b,c"), says: "exclude each other")
    }

    @Test func `numbers from one and the advice about them`() throws {
        let corpus = try directory.write(
            (0..<30).map { "{\"text\":\"t\($0)\",\"label\":\($0 % 3 + 1)}\n" }.joined(), to: "c.jsonl")
        try expect(0, plan(corpus), says: "no example has label 0", "--labels")
        try expect(65, plan(corpus, "--labels", "a,b,c"), says: "name class 0 too in --labels")
        let outcome = try Apr.expect(plan(corpus, "--labels", "unused,a,b,c", "--json"))
        #expect(try outcome.json()["plan"]?["train_counts"]?.ints?[0] == 0)
    }

    @Test func `a negative number is a value`() throws {
        let corpus = try directory.write(rows(","), to: "c.csv")
        try expect(64, plan(corpus, "--seed", "-1"), says: "'-1'", "--seed", "expected a number from 0")
        try expect(64, plan(corpus, "--learning-rate", "-1"), says: "--learning-rate: -1.0")
        try expect(64, plan(corpus, "--epochs", "-2"), says: "--epochs: -2")
    }

    @Test func `a byte order mark before settings does not count, and UTF-16 is named`() throws {
        let corpus = try directory.write(rows(","), to: "c.csv")
        let settings = try directory.write("\u{FEFF}epochs: 7\r\nquoting: minimal\r\n", to: "s.yaml")
        let outcome = try Apr.expect(plan(corpus, "--config", settings, "--json"))
        #expect(try outcome.json()["plan"]?["config"]?["epochs"]?.int == 7)
        let wide = try directory.write([0xFF, 0xFE, 0x61, 0, 0x3A, 0], to: "wide.yaml")
        try expect(65, plan(corpus, "--config", wide), says: "UTF-16", "save it as UTF-8")
    }

    // MARK: A run on a table, to its end

    @Test func `quotes, gzip, joined columns and absent classes from training to prediction`() throws {
        let rows = (0..<40).map { row in
            (
                title: row % 2 == 0 ? "\"rm\(row)" : "cp\(row)\"", body: row % 2 == 0 ? "-rf $dir" : "-r $a",
                label: row % 2 == 0 ? "bad" : row % 8 == 1 ? "fine" : "good"
            )
        }
        let table = "title\tbody\tlabel\n" + rows.map { "\($0.title)\t\($0.body)\t\($0.label)\n" }.joined()
        let corpus = try directory.write(table, to: "corpus.tsv")
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-k", corpus]
        try gzip.run()
        gzip.waitUntilExit()
        let run = directory("run")
        let trained = try Apr.expect([
            "finetune", Fixture.base, "--data", corpus + ".gz", "--text-columns", "title,body", "-o", run,
            "--epochs", "2", "--learning-rate", "1e-2", "--json", "--quiet",
        ])
        let plan = try trained.json()["plan"]
        #expect((plan?["train_examples"]?.int ?? 0) + (plan?["validation_examples"]?.int ?? 0) == 40)
        #expect(plan?["validation_overlap"]?.int == 0)
        #expect(plan?["head"]?.string == "new")
        // The run reads the corpus as it did before.
        try Apr.expect(["finetune", "--resume", run, "--epochs", "3", "--quiet"])
        let best = directory("run/best")
        let predicted = try Apr.expect([
            "predict", best, "--data", corpus + ".gz", "--text-columns", "title,body", "--json",
        ])
        let inputs = try predicted.jsonLines().map { $0["input"]?.string }
        #expect(inputs == rows.map { "\($0.title)\n\($0.body)" })

        let some = try directory.write(
            "title\tbody\tlabel\n"
                + rows.filter { $0.label != "fine" }.map { "\($0.title)x\t\($0.body)\t\($0.label)\n" }
                .joined(), to: "test.tsv")
        let evaluated = try Apr.run(["eval", best, "--data", some, "--text-columns", "title,body", "--json"])
        let report = try evaluated.json()
        #expect(report["classes_without_rows"]?.strings == ["fine"])
        let all = try #require(report["macro_avg"]?["f1"]?.double)
        let present = try #require(report["macro_f1_of_classes_with_rows"]?.double)
        #expect(abs(present - all * 3 / 2) < 1e-9)
        #expect(all > 0)
        #expect(evaluated.errors.contains("no row is of \"fine\": macro averages count it as 0"))
        #expect(!evaluated.errors.contains("no example of"))
    }

    // MARK: Validation rows that are trained on

    @Test(arguments: [40, 3, 0])
    func `validation rows that are trained on are said wherever figures stand`(_ shared: Int) throws {
        let corpus = try directory.write(Fixture.corpus(), to: "corpus.jsonl")
        let lines = Fixture.corpus().split(separator: "\n").prefix(shared)
        let others = Fixture.corpus(rows: 12).replacing("dir", with: "other").replacing("$a", with: "$z")
        let validation = try directory.write(
            lines.joined(separator: "\n") + "\n" + others, to: "validation.jsonl")
        let run = directory("run")
        let outcome = try Apr.run([
            "finetune", Fixture.base, "--data", corpus, "--val-data", validation, "-o", run, "--epochs", "1",
            "--json",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let count = "\(shared) of \(shared + 12) validation rows have texts that are trained on"
        #expect(outcome.errors.contains(count) == (shared > 0))
        #expect(try outcome.json()["plan"]?["validation_overlap"]?.int == shared)
        let metadata = String(decoding: try directory.read("run/best/metadata.json"), as: UTF8.self)
        #expect(metadata.contains("\"validation_overlap\": \(shared)"))
        let card = String(decoding: try directory.read("run/best/README.md"), as: UTF8.self)
        let page = String(decoding: try directory.read("run/report.html"), as: UTF8.self)
        #expect(card.contains("which were not trained on") == (shared == 0))
        for text in [card, page] {
            #expect(text.contains("\(shared) of them have texts that were trained on") == (shared > 0))
        }
        #expect(card.contains("of which rows were trained on") == (shared > 0))
    }
}
