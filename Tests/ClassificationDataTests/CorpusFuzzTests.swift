import ClassificationData
import TestSupport
import Testing

/// Damaged corpora must give rows or an error.
@Suite struct CorpusFuzzTests {
    private static let jsonLines = """
        {"input":"plain","label":0,"group":"g"}
        {"input":"es\\"ca\\u00e9\\ud83d\\ude00ped","label":1}\r
        {"text":"three","labels":"name","other":{"deep":[1,-2.5e3,null,true]}}

        {"input":"four","label":["a","b"]}
        {"input":"four","label":12}
        """
    private static let table =
        "id,text,labels,group\n1,plain,0,g\n2,\"qu\"\"oted\n, field\",a|b,\r\n3,,c,g\n\n4,x,d,"

    @Test func `damaged JSON lines are read or refused`() { run(Self.jsonLines, "corpus.jsonl", seed: 1) }

    @Test func `damaged CSV is read or refused`() { run(Self.table, "corpus.csv", seed: 2) }

    @Test func `a damaged array is read or refused`() {
        let rows = Self.jsonLines.split { $0.isNewline }.dropLast()
        run("[ \(rows.joined(separator: ",\n "))]", "corpus.json", seed: 3, count: 4_000)
    }

    @Test func `damaged tables with other separators and lists are read or refused`() {
        let table =
            "sep=;\r\n" + Self.table.replacing(",", with: ";").replacing("a|b", with: "\"[\"\"a\"\"]\"")
        run(table, "corpus.csv", seed: 4, count: 4_000)
        run(Self.table.replacing(",", with: "\t"), "corpus.tsv", seed: 5, count: 4_000)
    }

    private func run(_ text: String, _ name: String, seed: UInt64, count: Int = 20_000) {
        var mutator = ByteMutator(seed: seed)
        var outcomes = (read: 0, refused: 0)
        for number in 0..<count {
            let bytes = mutator.mutate(Array(text.utf8))
            let options = DatasetOptions(
                multiLabel: [nil, true, false][number % 3],
                labelSeparator: number % 7 == 0 ? "|" : nil,
                textColumns: number % 11 == 0 ? ["text", "id"] : nil,
                maximumLineBytes: number % 5 == 0 ? 20 : 1_000)
            do {
                let known = number % 2 == 0 ? LabelMap(names: ["a", "b", "name", "c"]) : nil
                let dataset = try ClassifyDataset.load(
                    bytes: bytes, name: name, options: options, knownLabels: known)
                outcomes.read += 1
                // The rows can be used.
                #expect(
                    dataset.examples.allSatisfy { $0.label.indices.allSatisfy { $0 < dataset.labels.count } })
                #expect(dataset.sourceHash.utf8.count == 71)
            } catch {
                outcomes.refused += 1
                #expect(!error.description.isEmpty)
            }
        }
        // Both happen, otherwise the mutations would test nothing.
        #expect(outcomes.refused > 100)
        #expect(outcomes.read > 0)
    }
}
