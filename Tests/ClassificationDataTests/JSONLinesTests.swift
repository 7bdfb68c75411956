import ClassificationData
import JSONCore
import Testing

@Suite struct JSONLinesTests {
    @Test func `the keys input or text and label or labels are read by default`() throws {
        let dataset = try load(
            "{\"text\":\"a\",\"label\":\"x\"}\n{\"input\":\"b\",\"labels\":\"y\",\"other\":[1]}\n")
        #expect(dataset.examples.map(\.text) == ["a", "b"])
        #expect(dataset.examples.map(\.label) == [.index(0), .index(1)])
        #expect(dataset.examples.map(\.line) == [1, 2])
        #expect(dataset.labels.names == ["x", "y"])
        #expect(dataset.problemType == .singleLabel)
    }

    @Test func `other keys are read when named`() throws {
        let options = DatasetOptions(inputColumn: "code", labelColumn: "verdict", groupColumn: "file")
        let dataset = try load(
            "{\"code\":\"a\",\"verdict\":1,\"label\":9,\"file\":\"f\"}\n{\"code\":\"b\",\"verdict\":0,\"file\":7}\n",
            options: options)
        #expect(dataset.examples.map(\.label) == [.index(1), .index(0)])
        #expect(dataset.examples.map(\.group) == ["f", "7"])
    }

    @Test func `the text is kept to the byte`() throws {
        let dataset = try load(
            "{\"input\":\" \\n\\u00e9e\\u0301\\ud83d\\ude00\\u0000 \",\"label\":0}\n{\"input\":\"b\",\"label\":1}\n"
        )
        #expect(dataset.examples[0].text.utf8.elementsEqual(" \né\u{65}\u{301}😀\0 ".utf8))
        #expect(dataset.warnings == [.nulCharacters(lines: [1], count: 1)])
    }

    @Test(arguments: ["\n", "\r\n"], [true, false])
    func `lines end with either break and the last without`(_ lineBreak: String, _ isLastEnded: Bool) throws {
        let lines = ["{\"input\":\"a\",\"label\":0}", "", "  ", "{\"input\":\"b\",\"label\":1}"]
        let dataset = try load(lines.joined(separator: lineBreak) + (isLastEnded ? lineBreak : ""))
        #expect(dataset.examples.map(\.text) == ["a", "b"])
        #expect(dataset.examples.map(\.line) == [1, 4])
    }

    @Test func `a byte order mark at the start is skipped with a warning`() throws {
        let dataset = try load("\u{FEFF}" + goodLines)
        #expect(dataset.examples.count == 2)
        #expect(dataset.warnings == [.byteOrderMark])
    }

    @Test func `a byte order mark inside is a bad line`() {
        #expect(badLines(goodLines + "\u{FEFF}" + goodLines).map(\.problem) == [.byteOrderMark])
    }

    @Test(arguments: [[0xFF, 0xFE] as [UInt8], [0xFE, 0xFF]])
    func `UTF-16 is refused by name`(_ mark: [UInt8]) {
        #expect(
            fileProblem(mark + goodLines.utf16.flatMap { [UInt8($0 & 255), 0] }) == .foreignEncoding("UTF-16")
        )
    }

    @Test func `an empty text is kept with a warning`() throws {
        let dataset = try load(goodLines + "{\"input\":\"\",\"label\":1}\n")
        #expect(dataset.examples[2].text.isEmpty)
        #expect(dataset.warnings == [.emptyTexts(lines: [3], count: 1)])
    }

    @Test func `every bad line is reported with its number and reason`() {
        let lines = [
            "{\"input\":\"a\",\"label\":0}",
            "[1]",
            "{\"label\":1}",
            "{\"input\":\"c\"}",
            "{\"input\":1,\"label\":1}",
            "{\"input\":\"d\",\"text\":\"d\",\"label\":1}",
            "{\"input\":\"e\",\"label\":1,\"labels\":[1]}",
            "{\"input\":\"i\",\"label\":1,\"group\":true}",
            "{\"input\":\"j\",\"label\":1}",
        ]
        #expect(
            badLines(lines.joined(separator: "\n")) == [
                .init(line: 2, problem: .notAnObject(found: "an array")),
                .init(line: 3, problem: .missingInput(accepted: ["input", "text"])),
                .init(line: 4, problem: .missingLabel(accepted: ["label", "labels"])),
                .init(line: 5, problem: .inputNotText(found: "a number")),
                .init(line: 6, problem: .ambiguousInput(["input", "text"])),
                .init(line: 7, problem: .ambiguousLabel(["label", "labels"])),
                .init(line: 8, problem: .groupNotText(found: "a boolean")),
            ])
    }

    @Test(arguments: [
        ("{\"input\":\"a\"", JSONError.Rule.unexpectedEnd),
        ("{\"input\":\"a\",\"label\":0} x", .trailingBytes),
        ("{\"input\":\"a\",\"input\":\"b\",\"label\":0}", .duplicateKey("input")),
        ("{\"input\":\"a\",\"label\":0,\"label\":0}", .duplicateKey("label")),
        ("{\"input\":\"a\\ud800\",\"label\":0}", .loneSurrogate),
        ("{\"input\":\"a\\udc00\\ud800\",\"label\":0}", .loneSurrogate),
        ("{\"input\":\"a\tb\",\"label\":0}", .controlCharacter),
        ("{\"input\":\"a\",\"label\":01}", .invalidNumber),
        ("{\"input\":\"a\",\"label\":0,}", .unexpectedByte(UInt8(ascii: "}"), expected: "a key in quotes")),
    ])
    func `a line that is not JSON is reported with the rule`(_ line: String, _ rule: JSONError.Rule) {
        let found = badLines(goodLines + line)
        #expect(found.map(\.line) == [3])
        guard case .json(let error)? = found.first?.problem else {
            Issue.record("\(found)")
            return
        }
        #expect(error.rule == rule)
    }

    @Test func `the first twenty of many bad lines are shown and all are counted`() {
        let text = goodLines + String(repeating: "{\"input\":\"x\"}\n", count: 1_000)
        do {
            _ = try load(text)
            Issue.record("the corpus was accepted")
        } catch DatasetError.badLines(let source, let lines, let count) {
            #expect(source == "corpus.jsonl")
            #expect(lines.map(\.line) == Array(3...22))
            #expect(count == 1_000)
            let shown = "\(DatasetError.badLines(source: source, lines: lines, count: count))"
            #expect(shown.split(separator: "\n").count == 21)
            #expect(
                shown.hasPrefix(
                    "corpus.jsonl:3: missing \"label\" or \"labels\"; expected {\"input\": …, \"label\": …}"))
            #expect(shown.hasSuffix("corpus.jsonl: and 980 more bad lines"))
        } catch {
            Issue.record(error)
        }
    }

    @Test func `invalid UTF-8 is a bad line`() {
        let line = Array("{\"input\":\"a".utf8) + [0xC3, 0x28] + Array("\",\"label\":0}\n".utf8)
        #expect(badLines(line + Array(goodLines.utf8)) == [.init(line: 1, problem: .invalidUTF8)])
    }

    @Test func `a NUL byte is a bad line`() {
        let line = Array("{\"input\":\"a".utf8) + [0] + Array("\",\"label\":0}\n".utf8)
        #expect(badLines(line + Array(goodLines.utf8)) == [.init(line: 1, problem: .nulByte)])
    }

    @Test func `a line of ten megabytes is read whole`() throws {
        let long = String(repeating: "x", count: 10 << 20)
        let dataset = try load(
            goodLines + "{\"input\":\"\(long)\",\"label\":1}\n" + "{\"input\":\"after\",\"label\":0}")
        #expect(dataset.examples[2].text.utf8.count == 10 << 20)
        #expect(dataset.examples[3].line == 4)
    }

    @Test(arguments: [100, 99, 40])
    func `a line over the limit is a bad line and reading goes on`(_ limit: Int) {
        let long = "{\"input\":\"" + String(repeating: "x", count: 100) + "\",\"label\":1}\n"
        let options = DatasetOptions(maximumLineBytes: limit)
        #expect(
            badLines(long + goodLines + long + "{}\n", options: options) == [
                .init(line: 1, problem: .tooLong(limit: limit)),
                .init(line: 4, problem: .tooLong(limit: limit)),
                .init(line: 5, problem: .missingInput(accepted: ["input", "text"])),
            ])
    }

    @Test func `deep nesting in an ignored key is a bad line and no crash`() {
        let deep = String(repeating: "[", count: 100_000)
        let found = badLines(goodLines + "{\"input\":\"a\",\"label\":0,\"other\":\(deep)}\n")
        #expect(found.map(\.line) == [3])
        guard case .json(let error)? = found.first?.problem else {
            Issue.record("\(found)")
            return
        }
        #expect(error.rule == .tooDeep(limit: 128))
    }

    @Test(arguments: ["", "\n\n", "\u{FEFF}"])
    func `a file without rows is refused`(_ text: String) {
        #expect(fileProblem(text) == .noExamples)
    }

    @Test func `a missing file, a directory and an unreadable one are named`() {
        for path in ["/nonexistent/corpus.jsonl", "/"] {
            do {
                _ = try ClassifyDataset.load(path: path)
                Issue.record("\(path) was read")
            } catch {
                #expect(error.isInputOutput)
                #expect("\(error)".hasPrefix("\(path): cannot "))
            }
        }
    }

    @Test func `texts are read without labels for prediction`() throws {
        let bytes = Array("{\"input\":\"a\"}\n\n{\"text\":\"b\",\"label\":{}}\n".utf8)
        let texts = try UnlabelledText.load(bytes: bytes, name: "-")
        #expect(texts.map(\.text) == ["a", "b"])
        #expect(texts.map(\.line) == [1, 3])
        #expect(throws: DatasetError.self) {
            try UnlabelledText.load(bytes: Array("{\"input\":\"a\"}\n{}\n".utf8), name: "-")
        }
    }
}
