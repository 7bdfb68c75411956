import Evaluation

/// A page about one evaluation.
public enum EvaluationPage {
    /// The page.
    ///
    /// - Parameters:
    ///   - subject: what was evaluated.
    ///   - data: on what.
    ///   - lengths: how long the texts are, if known.
    ///   - facts: what else there is to know.
    public static func html(
        subject: String, data: String, summary: EvaluationSummary, lengths: LengthHistogram?,
        facts: [RunFacts.Fact]
    ) -> String {
        var page = Page(
            title: "Evaluation of \(subject)",
            lead: "\(data) · \(NumberFormat.spacedCount(summary.sampleCount)) samples"
        )
        page.addTiles(
            summary.metrics.prefix(4).map { metric in
                let range = metric.lower.flatMap { lower in
                    metric.upper.map { " [\(NumberFormat.short(lower)), \(NumberFormat.short($0))]" }
                }
                return (metric.name + (range ?? ""), NumberFormat.short(metric.value))
            })
        page.addEvaluation("Predictions", summary)
        let counts = summary.classes.map(\.support)
        page.addCharts(
            "Data", [support(summary.classes.map(\.label), counts), lengths.map(Histograms.lengths)])
        page.addCards("Environment", [("Evaluation", Markup.facts(facts.map { ($0.name, $0.value) }))])
        return page.html
    }

    private static func support(_ labels: [String], _ counts: [Int]) -> Chart? {
        BarCharts.counts("Samples of each class", labels, [("samples", counts)])
    }
}

extension Page {
    /// An evaluation: charts, then the mistakes.
    ///
    /// - Parameter title: of the section.
    mutating func addEvaluation(_ title: String, _ summary: EvaluationSummary, note: String = "") {
        addCharts(
            title,
            [
                BarCharts.classes(summary.classes), ConfusionChart.chart(summary, isNormalized: false),
                ConfusionChart.chart(summary, isNormalized: true), ReliabilityChart.chart(summary),
                Histograms.confidence(summary),
            ], note: note)
        addSection("Figures", Self.metricsTable(summary))
        addMistakes(summary)
    }

    private static func metricsTable(_ summary: EvaluationSummary) -> String {
        Markup.table(
            ["figure", "value", "95 % interval"],
            summary.metrics.map { metric in
                [
                    metric.name, NumberFormat.short(metric.value),
                    metric.lower.flatMap { lower in
                        metric.upper.map { "\(NumberFormat.short(lower)) – \(NumberFormat.short($0))" }
                    } ?? "-",
                ]
            })
    }

    private mutating func addMistakes(_ summary: EvaluationSummary) {
        guard !summary.mistakes.isEmpty else {
            return addSection("Most confident mistakes", "<p>There are none.</p>")
        }
        let hasTexts = summary.mistakes.contains { $0.text != nil }
        let items = summary.mistakes.map { mistake in
            let line = mistake.line.map { " <span>· line \($0)</span>" } ?? ""
            let text = mistake.text.map { "<pre><bdi>\(Markup.escaped($0))</bdi></pre>" } ?? ""
            return
                "<li><b>\(Markup.escaped(mistake.predicted))</b> at \(NumberFormat.percent(mistake.confidence)) <span>· true:</span> <b>\(Markup.escaped(mistake.truth))</b>\(line)\(text)</li>"
        }
        addSection(
            "Most confident mistakes", "<ol class=\"mistakes\">\(items.joined(separator: "\n"))</ol>",
            note: hasTexts
                ? "This page shows texts of the data; --no-text-in-report leaves them out."
                : "Texts are left out.")
    }
}
