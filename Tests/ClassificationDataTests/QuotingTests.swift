import ClassificationData
import Diagnostics
import TestSupport
import Testing

/// Quotes that are ordinary characters, and quotes that are not.
@Suite struct QuotingTests {
    /// As in GLUE's files: a sentence begins with a quote, and a later one ends with one.
    private static let rows = [
        "\"good\" film\t1", "\"It begins with a quote\t0", "three\t1", "four\t0", "and ends with one\"\t1",
        "six\t0",
        "seven\t1", "8\" disks\t0", "nine \"\t1", "\"\t0", "eleven\t1", "\"\"\t0", "thirteen\t1",
    ]

    private func table(_ separator: String) -> String {
        "text\tlabel\n\(Self.rows.joined(separator: "\n"))\n".replacing("\t", with: separator)
    }

    @Test func `TSV takes quotes as they are and keeps every row`() throws {
        let dataset = try load(table("\t"), name: "corpus.tsv")
        #expect(dataset.examples.count == 13)
        #expect(dataset.examples.map(\.line) == Array(2...14))
        #expect(dataset.examples[1].text == "\"It begins with a quote")
        #expect(dataset.examples[4].text == "and ends with one\"")
        let texts = try UnlabelledText.load(bytes: Array(table("\t").utf8), name: "corpus.tsv")
        #expect(texts.map(\.text) == dataset.examples.map(\.text))
    }

    @Test(arguments: ["csv", "tsv"])
    func `quoting none takes quotes as they are in either format`(_ name: String) throws {
        let text = table(name == "csv" ? "," : "\t")
        let dataset = try load(text, name: "corpus.\(name)", options: DatasetOptions(quoting: .disabled))
        #expect(dataset.examples.count == 13)
    }

    private static let swallowed =
        "text\tlabel\none\t1\n\"It begins with a quote\t0\nthree\t1\nfour\t0\nand ends with one\"\t1\nsix\t0\n"

    @Test(arguments: [("corpus.csv", ","), ("corpus.tsv", "\t"), ("corpus.csv", ";")])
    func `rows within a quoted field are a warning with their lines`(_ name: String, _ separator: String)
        throws
    {
        let text = Self.swallowed.replacing("\t", with: separator)
        let options = DatasetOptions(quoting: .minimal)
        let dataset = try load(text, name: name, options: options)
        #expect(dataset.examples.count == 3)
        #expect(dataset.warnings.contains(.rowsInQuotes(lines: [3, 4, 5, 6], count: 4)))
        let message = dataset.warnings[0].description
        #expect(message.contains("lines 3, 4, 5, 6") && message.contains("`quoting: none`"))
    }

    @Test func `a CSV of texts is warned of as well where there are no labels`() throws {
        var warnings: [DataWarning] = []
        let directory = try TemporaryDirectory()
        let path = try directory.write(Self.swallowed.replacing("\t", with: ","), to: "texts.csv")
        var texts: [String] = []
        try TextSource.file(path, options: DatasetOptions()).forEachChunk(warn: { warnings.append($0) }) {
            chunk, total in
            texts += chunk
            #expect(total == 3)
        }
        #expect(texts.count == 3)
        #expect(warnings == [.rowsInQuotes(lines: [3, 4, 5, 6], count: 4)])
    }

    @Test func `a text of several lines is no warning`() throws {
        let dataset = try load(
            "text,label\n\"Dear all,\nhello, and\ngoodbye\",spam\n\"two\r\nlines\",ham\none,spam\n",
            name: "c.csv")
        #expect(dataset.examples.map(\.text) == ["Dear all,\nhello, and\ngoodbye", "two\r\nlines", "one"])
        #expect(dataset.warnings.isEmpty)
        let texts = try UnlabelledText.load(
            bytes: Array("id,text\n1,\"Dear all,\nhello, and\ngoodbye\"\n".utf8), name: "c.csv")
        #expect(texts.count == 1)
    }

    @Test func `TSV written with quoted fields is a warning`() throws {
        let text = "text\tlabel\n\"say \"\"hi\"\"\"\ta\nplain\tb\n\"it\" is \"that\"\tb\n"
        let dataset = try load(text, name: "c.tsv")
        #expect(dataset.examples[0].text == "\"say \"\"hi\"\"\"")
        #expect(dataset.warnings == [.literalQuotes(lines: [2], count: 1)])
        #expect(dataset.warnings[0].description.contains("`quoting: minimal`"))
        let options = DatasetOptions(quoting: .minimal)
        #expect(
            badLines(text, name: "c.tsv", options: options) == [
                .init(line: 4, problem: .textAfterQuote(column: 1))
            ])
    }

    @Test func `what quotes break says how to take them as they are`() {
        for (text, line) in [("text,label\na,0\n\"open,1\nb,0\n", 3), ("text,label\na,0\n\"b\" c,1\n", 3)] {
            let found = badLines(text, name: "c.csv")
            #expect(found.map(\.line) == [line])
            #expect(found[0].problem.description.contains("`quoting: none`"))
        }
    }

    @Test func `the lines of rows after quoted line breaks are right`() throws {
        let dataset = try load("text,label\r\n\"a\r\nb\",x\r\nc,y\r\n\"d\re\",x\nf,y", name: "c.csv")
        #expect(dataset.examples.map(\.line) == [2, 4, 5, 7])
    }
}
