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
