import ClassificationData
import Testing

@Suite struct ContentTests {
    // hashlib over text, zero byte, index as eight bytes, examples sorted by (text, index)
    @Test func `the hash is the one the format defines`() throws {
        let dataset = try load(
            """
            {"input":"b","label":1}
            {"input":"a","label":0}
            {"input":"é\\u0000","label":2}
            {"input":"a","label":0}
            {"input":"ab","label":1}
            """)
        #expect(
            dataset.sourceHash == "sha256:1872cc4a32ff2e871b5ae0714f28e4185ba3f17b01cf2dd1892a329a982b2cf8")
    }

    // the same with the byte 1 and the number of classes, and with the byte 2 and the group's SHA-256
    @Test func `the hash covers lists of labels and groups`() throws {
        let dataset = try load(
            "{\"input\":\"b\",\"label\":[],\"group\":\"g\"}\n{\"input\":\"a\",\"label\":[2,0]}",
            known: LabelMap(numbered: 3))
        #expect(
            dataset.sourceHash == "sha256:446bb7ad6cf9ee73ab72c5b18604fb8469bfe9559031ded166eb39d93f4d590c")
    }

    @Test func `the order of the file does not change the hash and everything else does`() throws {
        let lines = [
            "{\"input\":\"a\",\"label\":0}", "{\"input\":\"b\",\"label\":1}", "{\"input\":\"c\",\"label\":1}",
        ]
        func hash(_ lines: [String]) throws -> String { try load(lines.joined(separator: "\n")).sourceHash }
        let original = try hash(lines)
        #expect(try hash(lines.reversed()) == original)
        for changed in [
            lines + [lines[0]], Array(lines.dropLast()),
            [lines[0], lines[1], "{\"input\":\"c\",\"label\":0}"],
            [lines[0], lines[1], "{\"input\":\"c \",\"label\":1}"],
            [lines[0], lines[1], "{\"input\":\"c\",\"label\":1,\"group\":\"g\"}"],
        ] {
            #expect(try hash(changed) != original)
        }
    }

    @Test func `contradictory labels are reported with their lines`() throws {
        let dataset = try load(
            """
            {"input":"x","label":0}
            {"input":"same","label":0}
            {"input":"y","label":1}
            {"input":"same","label":1}
            {"input":"x","label":0}
            {"input":"same","label":0}
            """)
        #expect(
            dataset.warnings == [
                .contradictoryLabels(lines: [[2, 4, 6]], count: 1),
                .duplicateTexts(lines: [4, 5, 6], count: 3),
            ])
        #expect(
            dataset.warnings.map(\.description) == [
                "1 text occurs in the file with different labels: lines 2, 4, 6",
                "3 rows repeat the text of an earlier one: lines 4, 5, 6",
            ])
    }

    @Test func `texts that differ in one byte are not duplicates`() throws {
        let dataset = try load("{\"input\":\"\u{E9}\",\"label\":0}\n{\"input\":\"e\u{301}\",\"label\":1}\n")
        #expect(dataset.warnings.isEmpty)
    }
}

@Suite struct TrainingTextsTests {
    @Test func `only texts of the training side are found again`() throws {
        let dataset = corpus([40, 40])
        let split = try DatasetSplit(dataset, validationShare: 0.25, seed: 1)
        let texts = TrainingTexts(of: split, in: dataset)
        #expect(texts.count == 60)
        #expect(texts.lines(in: dataset) == split.train.map { dataset.examples[$0].line }.sorted())
        #expect(!texts.contains("text 0 of class 0 "))
    }

    // sha256("abc") and sha256("") start with these digits
    @Test func `hashes are written as hexadecimal and read back`() throws {
        let dataset = try load(
            "{\"input\":\"abc\",\"label\":0}\n{\"input\":\"\",\"label\":1}\n{\"input\":\"abc\",\"label\":0}")
        let texts = TrainingTexts(
            of: try DatasetSplit(dataset, validationShare: 0, seed: 1), in: dataset)
        #expect(texts.hexadecimal == "ba7816bf8f01cfeae3b0c44298fc1c14")
        #expect(TrainingTexts(hexadecimal: texts.hexadecimal) == texts)
        #expect(TrainingTexts(hexadecimal: "")?.count == 0)
    }

    @Test(arguments: [
        "0", "ba7816bf8f01cfeG", "ba7816bf8f01cfea0000000000000000", "BA7816BF8F01CFEA",
        "00000000000000010000000000000001",
    ])
    func `damaged hashes are refused`(_ text: String) {
        #expect(TrainingTexts(hexadecimal: text) == nil)
    }
}
