import JSONCore
import Reporting
import TestSupport
import Testing

/// Pages from files that other programs may have written.
@Suite struct PageTests {
    private static let hostile = "<script>alert('x')</script>\u{202E}&\"\u{0}"

    private func summary(text: String?) throws -> EvaluationSummary {
        try EvaluationSummary.make(
            logits: [2, -2, 3, 0, -1, 1],
            samples: [
                SummarySample(labels: [0], text: "fine", line: 1),
                SummarySample(labels: [1], text: text, line: 2),
                SummarySample(labels: [1], text: "fine too", line: 3),
            ], labelNames: ["calm", Self.hostile], isMultiLabel: false)
    }

    private func page(_ summary: EvaluationSummary) -> String {
        EvaluationPage.html(
            subject: Self.hostile, data: Self.hostile, summary: summary,
            lengths: LengthHistogram(lengths: [1, 5, 9], limit: 8),
            facts: [RunFacts.Fact(Self.hostile, Self.hostile)])
    }

    @Test func `what the data says is text, never markup`() throws {
        let html = page(try summary(text: Self.hostile))
        #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\u{FFFD}&amp;&quot;\u{FFFD}"))
        #expect(!html.lowercased().contains("<script"))
        #expect(!html.contains("\u{202E}") && !html.contains("\u{0}"))
        #expect(!html.contains("src=") && !html.contains("http://") && !html.contains("https://"))
    }

    @Test func `a text that is left out is nowhere on the page`() throws {
        #expect(page(try summary(text: "the secret words")).contains("the secret words"))
        #expect(!page(try summary(text: nil)).contains("the secret words"))
    }

    @Test func `facts read back as they were written`() throws {
        var facts = RunFacts(
            baseName: "base", labels: ["calm", "wild"], trainCounts: [3, 4], validationCounts: [1, 0],
            lengths: LengthHistogram(lengths: [3, 700], limit: 512),
            environment: [.init("device", "cpu")], evaluation: try summary(text: "naïve"))
        facts.evaluation?.epoch = 2
        let text = JSONValue.object(facts.json).encoded()
        let read = RunFacts(json: try #require(try JSONParser.parse(text).object))
        #expect(read == facts)
    }

    @Test(arguments: ["labels", "train_counts", "schema_version", "base_name"])
    func `Facts that contradict themselves are not facts`(key: String) throws {
        var json = RunFacts(
            baseName: "base", labels: ["a", "b"], trainCounts: [3, 4], validationCounts: [1, 0], lengths: nil,
            environment: []
        ).json
        json[key] = [1]
        #expect(RunFacts(json: json) == nil)
    }

    @Test func `the most confident mistake comes first, and only mistakes come`() throws {
        let mistakes = try summary(text: "x").mistakes
        #expect(mistakes.map(\.line) == [2])
        #expect(abs((mistakes.first?.confidence ?? 0) - 0.952574) < 1e-6)  // 1 / (1 + e^-3)
    }

    /// Forty classes, of which one is always taken for its neighbour.
    private func many() throws -> EvaluationSummary {
        let count = 40
        var logits = [Float](repeating: 0, count: 4 * count * count)
        for row in 0..<4 * count {
            let truth = row % count
            logits[row * count + (truth == 7 ? 8 : truth)] = 2
        }
        return try EvaluationSummary.make(
            logits: logits,
            samples: (0..<4 * count).map { SummarySample(labels: [$0 % count], text: nil, line: $0) },
            labelNames: (0..<count).map { "class \($0)" }, isMultiLabel: false)
    }

    @Test func `of many classes the page shows the worst, and those that are confused`() throws {
        let summary = try many()
        #expect(summary.matrixClasses == [7, 8])
        #expect(summary.matrix == [[0, 4], [0, 4]])
        #expect(summary.confusions.map { [$0.truth, $0.predicted, $0.count] } == [[7, 8, 4]])
        let html = page(summary)
        #expect(html.contains("The worst 24 of 40 classes"))
        #expect(html.contains("The 2 classes of the most frequent confusions, of 40."))
        let rows = html.split(separator: "Table: precision, recall").dropFirst().first ?? ""
        let first = try #require(rows.firstRange(of: "class 7<"))
        let second = try #require(rows.firstRange(of: "class 8<"))
        let third = try #require(rows.firstRange(of: "class 0<"))
        #expect(first.lowerBound < second.lowerBound && second.lowerBound < third.lowerBound)
        var facts = RunFacts(
            baseName: "base", labels: summary.classes.map(\.label),
            trainCounts: Array(repeating: 1, count: 40),
            validationCounts: Array(repeating: 4, count: 40), lengths: nil, environment: [],
            evaluation: summary)
        facts.evaluation?.epoch = 1
        #expect(RunFacts(json: facts.json) == facts)
    }
}
