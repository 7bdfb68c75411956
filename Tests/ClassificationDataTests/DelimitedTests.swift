import ClassificationData
import Testing

@Suite struct DelimitedTests {
    @Test func `columns are found by their names in any order`() throws {
        let dataset = try load("id,label,group,text\n1,b,g,first\n2,a,,second\n", name: "corpus.csv")
        #expect(dataset.examples.map(\.text) == ["first", "second"])
        #expect(dataset.examples.map(\.label) == [.index(1), .index(0)])
        #expect(dataset.examples.map(\.group) == ["g", nil])
        #expect(dataset.examples.map(\.line) == [2, 3])
    }

    @Test func `tabs separate in TSV and commas do not`() throws {
        let dataset = try load("text\tlabel\na, b\t0\nc\t1\n", name: "corpus.TSV")
        #expect(dataset.examples.map(\.text) == ["a, b", "c"])
        let quoted = try load(
            "text\tlabel\na, b\t0\n\"c\td\"\t1\n", name: "corpus.TSV",
            options: DatasetOptions(quoting: .minimal))
        #expect(quoted.examples.map(\.text) == ["a, b", "c\td"])
    }

    @Test func `quotes protect separators, line breaks and quotes`() throws {
        let dataset = try load(
            "input,label\n\"a,b\",0\n\"two\nlines\r\nor three\",1\n\"say \"\"hi\"\"\",0\n\"\",1\nan \"inner\" quote,0",
            name: "corpus.csv")
        #expect(
            dataset.examples.map(\.text) == [
                "a,b", "two\nlines\r\nor three", "say \"hi\"", "", "an \"inner\" quote",
            ])
        #expect(dataset.examples.map(\.line) == [2, 3, 6, 7, 8])
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `records end with any line break and blank lines are skipped`(_ lineBreak: String) throws {
        let rows = ["\u{FEFF}text,label", "a,0", "", "b,1", "c,0"]
        let dataset = try load(rows.joined(separator: lineBreak), name: "corpus.csv")
        #expect(dataset.examples.map(\.text) == ["a", "b", "c"])
        #expect(dataset.examples.map(\.line) == [2, 4, 5])
        #expect(dataset.warnings == [.byteOrderMark])
    }

    @Test func `bad records are reported with the line they start on`() {
        let text =
            "text,label\na,0\nb\n\"two\nlines\",1\nc,0,extra\n\"d\"x,0\ne,\n,1\n\"never closed,0\nf,1\n"
        #expect(
            badLines(text, name: "corpus.csv") == [
                .init(line: 3, problem: .fieldCount(found: 1, expected: 2)),
                .init(line: 6, problem: .fieldCount(found: 3, expected: 2)),
                .init(line: 7, problem: .textAfterQuote(column: 1)),
                .init(line: 8, problem: .emptyLabel),
                .init(line: 10, problem: .unterminatedQuote),
            ])
    }

    @Test func `invalid UTF-8 and NUL are bad lines`() {
        let text =
            Array("text,label\na,0\nb".utf8) + [0xFF] + Array(",1\nc".utf8) + [0] + Array(",1\nd,1\n".utf8)
        #expect(
            badLines(text, name: "corpus.csv") == [
                .init(line: 3, problem: .invalidUTF8), .init(line: 4, problem: .nulByte),
            ])
    }

    @Test func `a record over the limit is a bad line and reading goes on`() {
        let long = String(repeating: "x", count: 200)
        #expect(
            badLines(
                "text,label\n\(long),0\na,0\n\"\(long)\n\(long)\",1\nb\n", name: "corpus.csv",
                options: DatasetOptions(maximumLineBytes: 100)) == [
                    .init(line: 2, problem: .tooLong(limit: 100)),
                    .init(line: 4, problem: .tooLong(limit: 100)),
                    .init(line: 6, problem: .fieldCount(found: 1, expected: 2)),
                ])
    }

    @Test(arguments: [
        (
            "id,label\n1,0\n",
            CorpusProblem.missingColumn(accepted: ["input", "text"], found: ["id", "label"])
        ),
        (
            "text,category\na,0\n",
            .missingColumn(accepted: ["label", "labels"], found: ["text", "category"])
        ),
        ("text,label,text\na,0,b\n", .repeatedColumn("text")),
        ("text,label,input\na,0,b\n", .ambiguousColumn(["input", "text"])),
        ("text,label\n", .noExamples),
        ("", .noExamples),
    ])
    func `a header that does not name the columns is refused`(_ text: String, _ problem: CorpusProblem) {
        #expect(fileProblem(text, name: "corpus.csv") == problem)
    }

    @Test func `labels that count from zero are numbers`() throws {
        let dataset = try load("text,label\na,2\nb,0\nc,1\n", name: "corpus.csv")
        #expect(dataset.labels.names == ["LABEL_0", "LABEL_1", "LABEL_2"])
        #expect(dataset.examples.map(\.label) == [2, 0, 1].map(LabelValue.index))
    }

    @Test func `other numbers are names in numeric order`() throws {
        let dataset = try load("text,label\na,10\nb,1\nc,2\n", name: "corpus.csv")
        #expect(dataset.labels.names == ["1", "2", "10"])
    }

    @Test func `bars separate the labels of a multi-label row`() throws {
        let dataset = try load("text,labels\na,x | y\nb,\nc,z\n", name: "corpus.csv")
        #expect(dataset.problemType == .multiLabel)
        #expect(dataset.labels.names == ["x", "y", "z"])
        #expect(dataset.examples.map(\.label) == [.multi([0, 1]), .multi([]), .multi([2])])
    }

    @Test func `a column called label is never split unless asked to`() throws {
        let text = "text,label\na,x|y\nb,z\n"
        #expect(try load(text, name: "corpus.csv").labels.names == ["x|y", "z"])
        let options = DatasetOptions(multiLabel: true)
        #expect(try load(text, name: "corpus.csv", options: options).labels.names == ["x", "y", "z"])
    }

    @Test func `an empty part of a list is a bad line`() {
        #expect(
            badLines("text,labels\na,x|\nb,y\n", name: "corpus.csv") == [.init(line: 2, problem: .emptyLabel)]
        )
    }

    @Test func `the format can be given for any name`() throws {
        let dataset = try load(
            "text,label\na,0\nb,1\n", name: "corpus.dat", options: DatasetOptions(format: .csv))
        #expect(dataset.examples.count == 2)
    }
}
