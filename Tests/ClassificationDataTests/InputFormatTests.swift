import ClassificationData
import Foundation
import TestSupport
import Testing

/// Files as people have them: in other layouts, packed, or not text at all.
@Suite struct InputFormatTests {
    private static let examples = ["first", "second", "third \"quoted\""]

    private func expectExamples(_ dataset: ClassifyDataset) {
        #expect(dataset.examples.map(\.text) == Self.examples)
        #expect(dataset.examples.map(\.label) == [0, 1, 0].map(LabelValue.index))
        #expect(dataset.labels.names == ["x", "y"])
    }

    // MARK: JSON arrays

    private static let array = """
        [
          {
            "text": "first",
            "label": "x"
          },
          { "text": "second", "label": "y", "note": "a ] in a string, and \\" too" },
          {"text": "third \\"quoted\\"", "label": "x", "more": [1, {"a": [2]}]}
        ]

        """

    @Test(arguments: ["corpus.json", "corpus.jsonl", "-"])
    func `an array of objects is read, printed pretty or not`(_ name: String) throws {
        let dataset = try load(Self.array, name: name)
        expectExamples(dataset)
        #expect(dataset.examples.map(\.line) == [2, 6, 7])
        expectExamples(try load(Self.array.replacing("\n", with: ""), name: name))
        expectExamples(try load("\u{FEFF}\r\n \n" + Self.array, name: name))
    }

    @Test func `bad elements of an array are reported with their lines`() {
        let text =
            "[{\"text\":\"a\",\"label\":0},\n 7,\n{\"text\":\"b\"\n,\"label\":01}\n,,\n{\"text\":\"c\"}]\n x [ y\n"
        let found = badLines(text)
        #expect(found.map(\.line) == [2, 3, 5, 6, 7])
        #expect(found[0].problem == .notAnObject(found: "a number"))
        #expect(found[2].problem == .emptyElement)
        #expect(found[3].problem == .missingLabel(accepted: ["label", "labels"]))
        #expect(found[4].problem == .afterArray)
    }

    @Test(arguments: [
        "[", "[{\"text\":\"a\",\"label\":0}", "[{\"text\":\"a\",\"label\":0},", "[{\"text\":\"a]",
    ])
    func `an array that is never closed is refused`(_ text: String) {
        #expect(badLines(text).map(\.problem) == [.unclosedArray])
    }

    @Test func `an element over the limit is a bad line and reading goes on`() {
        let long = "{\"text\":\"\(String(repeating: "x", count: 200))\",\"label\":0}"
        #expect(
            badLines(
                "[\(long),\n{\"text\":\"a\"},\n\(long)]", options: DatasetOptions(maximumLineBytes: 100)) == [
                    .init(line: 1, problem: .tooLong(limit: 100)),
                    .init(line: 2, problem: .missingLabel(accepted: ["label", "labels"])),
                    .init(line: 3, problem: .tooLong(limit: 100)),
                ])
    }

    @Test func `an empty array has no examples`() { #expect(fileProblem(" [ ] ") == .noExamples) }

    @Test func `texts of an array are read for prediction, piece by piece`() throws {
        let directory = try TemporaryDirectory()
        let texts = (0..<40_000).map { "text \($0) " + String(repeating: "x", count: 60) }
        let path = try directory.write(
            "[" + texts.map { "{\"text\":\"\($0)\"}" }.joined(separator: ",\n") + "]", to: "texts.json")
        var found: [String] = []
        var groups = 0
        try TextSource.file(path, options: DatasetOptions()).forEachChunk { chunk, total in
            #expect(total == texts.count)
            found += chunk
            groups += 1
        }
        #expect(found == texts)
        #expect(groups > 100)
    }

    // MARK: Tables

    @Test(arguments: [";", "\t", "|", ","], [nil, "sep=", "SEP=", "\"sep="])
    func `the header or Excel's line tells the separator of a CSV`(_ separator: String, _ line: String?)
        throws
    {
        let first = line.map { "\($0)\(separator)\($0.hasPrefix("\"") ? "\"" : "")\r\n" } ?? ""
        let rows = ["id;text;label", "1;first;x", "2;\"second\";y", "3;\"third \"\"quoted\"\"\";x"]
        let text = first + rows.joined(separator: "\r\n").replacing(";", with: separator) + "\r\n"
        let dataset = try load(text, name: "corpus.csv")
        expectExamples(dataset)
        #expect(dataset.examples.map(\.line) == (line == nil ? [2, 3, 4] : [3, 4, 5]))
        let texts = try UnlabelledText.load(bytes: Array(text.utf8), name: "corpus.csv")
        #expect(texts.map(\.text) == Self.examples)
    }

    @Test func `a separator inside the wanted columns of a CSV stays text`() throws {
        let dataset = try load("text,label\na;b,x\nc;d,y\n", name: "corpus.csv")
        #expect(dataset.examples.map(\.text) == ["a;b", "c;d"])
    }

    @Test func `named columns decide the separator, too`() throws {
        let options = DatasetOptions(inputColumn: "Titel, lang", labelColumn: "Art")
        let dataset = try load(
            "Nr;Titel, lang;Art\n1;first;x\n2;second;y\n3;\"third \"\"quoted\"\"\";x\n", name: "c.csv",
            options: options)
        expectExamples(dataset)
    }

    @Test func `a header without the columns lists those that there are`() {
        #expect(
            fileProblem("Titel;Art\na;x\n", name: "c.csv")
                == .missingColumn(accepted: ["input", "text"], found: ["Titel", "Art"]))
    }

    @Test(arguments: [
        ("corpus.txt", "text,label\na,x\n", SeemingFormat.table(.csv, separator: ",")),
        ("corpus.txt", "\u{FEFF}\nid;label;text\na;x;y\n", .table(.csv, separator: ";")),
        ("corpus.jsonl", "text\tlabel\na\tx\n", .table(.tsv, separator: "\t")),
        ("-", "a text, and more\n", .plainText), ("corpus.txt", "\"text\"", .plainText),
    ])
    func `what is no JSON is said with the flag that reads it`(
        _ name: String, _ text: String, _ seeming: SeemingFormat
    ) throws {
        let problem = try #require(fileProblem(text, name: name))
        #expect(problem == .notJSON(line: text.hasPrefix("\u{FEFF}") ? 2 : 1, seeming: seeming))
        #expect(problem.description.contains("`format: "))
    }

    @Test func `an object over several lines is said to be one`() {
        #expect(
            fileProblem("{\n  \"text\": \"a\",\n  \"label\": 0\n}\n", name: "c.json")
                == .objectSpansLines(line: 1))
        #expect(fileProblem("\n{ \"data\": [\n", name: "c.json") == .objectSpansLines(line: 2))
    }

    @Test func `several columns are joined by line breaks`() throws {
        let options = DatasetOptions(textColumns: ["title", "body"])
        let table = try load("body,label,title\nlong,x,short\n,y,alone\n", name: "c.csv", options: options)
        #expect(table.examples.map(\.text) == ["short\nlong", "alone"])
        let lines = try load(
            "{\"title\":\"short\",\"body\":\"long\",\"label\":\"x\"}\n{\"body\":null,\"title\":\"alone\",\"label\":\"y\"}\n",
            options: options)
        #expect(lines.examples.map(\.text) == table.examples.map(\.text))
        #expect(
            badLines("{\"title\":\"a\",\"label\":0}\n", options: options).map(\.problem) == [
                .missingInput(accepted: ["body"])
            ])
        #expect(
            fileProblem("title,label\na,x\n", name: "c.csv", options: options)
                == .missingColumn(accepted: ["body"], found: ["title", "label"]))
    }

    // MARK: Packed and foreign files

    private func packed(_ text: String, in directory: TemporaryDirectory) throws -> [UInt8] {
        try directory.write(text, to: "plain")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-nf", directory("plain")]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try directory.read("plain.gz")
    }

    @Test func `gzip is unpacked, also of several files in one, and the name's inner end counts`() throws {
        let directory = try TemporaryDirectory()
        let header = try packed("text,label\nfirst,x\n", in: directory)
        let rest = try packed("second,y\n\"third \"\"quoted\"\"\",x\n", in: directory)
        let path = try directory.write(header + rest + [0, 0, 0], to: "corpus.csv.gz")
        expectExamples(try ClassifyDataset.load(path: path))
        // The content decides, not the name.
        let named = try directory.write(header + rest, to: "corpus.csv")
        expectExamples(try ClassifyDataset.load(path: named))
        var texts: [String] = []
        try TextSource.file(path, options: DatasetOptions()).forEachChunk { chunk, _ in texts += chunk }
        #expect(texts == Self.examples)
    }

    @Test func `many megabytes are unpacked piece by piece`() throws {
        let directory = try TemporaryDirectory()
        let texts = (0..<60_000).map { "text \($0) \($0 &* 2_654_435_761) \($0 &* 40_503)" }
        let lines = texts.enumerated().map { "{\"text\":\"\($1)\",\"label\":\($0 % 2)}\n" }.joined()
        let path = try directory.write(try packed(lines, in: directory), to: "corpus.jsonl.gz")
        let dataset = try ClassifyDataset.load(path: path)
        #expect(dataset.examples.map(\.text) == texts)
    }

    @Test func `damaged, cut and enormous gzip is refused`() throws {
        let directory = try TemporaryDirectory()
        let whole = try packed(Self.array + String(repeating: " ", count: 1_000), in: directory)
        #expect(fileProblem(Array(whole.dropLast(9))) == .damagedGzip(isTruncated: true))
        #expect(fileProblem(Array(whole.prefix(12))) == .damagedGzip(isTruncated: true))
        var damaged = whole
        damaged[whole.count - 6] ^= 1
        #expect(fileProblem(damaged) == .damagedGzip(isTruncated: false))
        #expect(fileProblem(whole + Array("more".utf8)) == .damagedGzip(isTruncated: false))
        let bomb = try packed(String(repeating: " ", count: 20 << 20), in: directory)
        #expect(fileProblem(bomb) == .gzipTooLarge)
    }

    @Test(
        arguments: [
            ([0x28, 0xB5, 0x2F, 0xFD, 4, 0], "zstd -d"), (Array("BZh91AY&SY".utf8), "bunzip2"),
            ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4], "unxz"), (Array("PAR1\u{15}\u{4}".utf8), "Parquet"),
            ([0x50, 0x4B, 3, 4, 20, 0], ".xlsx"), ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1], "Excel"),
            (Array("ARROW1\0\0".utf8), "Arrow"), (Array("SQLite format 3\0".utf8), "SQLite"),
            (Array("%PDF-1.7\n".utf8), "PDF"), ([0x80, 4, 0x95, 0], "pickle"),
            (Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8), "git lfs pull"),
            (Array("<!DOCTYPE html>\n<html>".utf8), "HTML"), (Array("<html><head>".utf8), "HTML"),
            ([0xFF, 0xFE, 0x7B, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x7B], "UTF-16"),
            ([0x7B, 0, 0x22, 0], "UTF-16"),
            ([0, 0x7B, 0, 0x22], "UTF-16"), ([0xFF, 0xFE, 0, 0, 0x7B, 0, 0, 0], "UTF-32"),
        ] as [([UInt8], String)], ["corpus.jsonl", "corpus.csv"])
    func `what is no text is said by name, with what to do`(
        _ file: (bytes: [UInt8], word: String), _ name: String
    ) throws {
        let problem = try #require(fileProblem(file.bytes, name: name))
        #expect(problem.description.contains(file.word), "\(problem)")
        #expect(problem.description.contains(";"), "no remedy: \(problem)")
    }
}
