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
            title:
                "\(data): \(summary.headline), evaluation of \(subject)",
            lead: "\(NumberFormat.spacedCount(summary.sampleCount)) samples"
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

extension EvaluationSummary {
    /// The figure that says most, in words.
    var headline: String {
        metrics.first { $0.name == "macro F1" }.map {
            "macro F1 \(NumberFormat.fixed($0.value, decimals: 3))"
        }
            ?? "evaluation"
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
        addCards(
            "Figures",
            [("", Self.metricsTable(summary))]
                + (summary.confusions.isEmpty
                    ? [] : [("Most confused pairs", Self.confusionTable(summary))]))
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

    private static func confusionTable(_ summary: EvaluationSummary) -> String {
        Markup.table(
            ["true", "predicted", "count", "of its class"],
            summary.confusions.map { confusion in
                let truth = summary.classes[confusion.truth]
                return [
                    truth.label, summary.classes[confusion.predicted].label,
                    NumberFormat.spacedCount(confusion.count),
                    NumberFormat.percent(Double(confusion.count) / Double(max(1, truth.support))),
                ]
            })
    }

    private mutating func addMistakes(_ summary: EvaluationSummary) {
        guard !summary.mistakes.isEmpty else {
            return addSection("Most confident mistakes", "<p>There are none.</p>")
        }
        let hasTexts = summary.mistakes.contains { $0.text != nil }
        let head = ["predicted", "true", "confidence", "line"] + (hasTexts ? ["text"] : [])
        let items = summary.mistakes.map { mistake in
            let text =
                hasTexts
                ? "<td><pre><bdi>\(Markup.escaped(mistake.text ?? ""))</bdi></pre></td>" : ""
            return
                "<tr><th scope=\"row\">\(Markup.escaped(mistake.predicted))</th><td>\(Markup.escaped(mistake.truth))</td><td class=\"n\">\(NumberFormat.percent(mistake.confidence))</td><td class=\"n\">\(mistake.line.map(String.init) ?? "-")</td>\(text)</tr>"
        }
        addSection(
            "Most confident mistakes",
            "<div class=\"scroll tall\" tabindex=\"0\"><table class=\"mistakes\"><thead><tr>\(head.map { "<th scope=\"col\"\($0 == "confidence" || $0 == "line" ? " class=\"n\"" : "")>\($0)</th>" }.joined())</tr></thead><tbody>\(items.joined(separator: "\n"))</tbody></table></div>",
            note: hasTexts
                ? "This page shows texts of the data; --no-text-in-report leaves them out."
                : "Texts are left out.")
    }
}
