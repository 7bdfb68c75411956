extension MultiLabelReport {
    /// The report for people: at most 100 columns wide, ending with a line break.
    public var text: String {
        var lines = [
            "\(sampleCount) \(sampleCount == 1 ? "sample" : "samples"), \(labelNames.count) "
                + "\(labelNames.count == 1 ? "label" : "labels"), threshold \(threshold)", "",
        ]
        lines += scoreTable
        lines += ReportText.section(
            "Overall",
            [
                ReportText.fact("micro F1", NumberFormat.fixed(microAverage.f1)),
                ReportText.fact("macro F1", NumberFormat.fixed(macroAverage.f1)),
                ReportText.fact("subset accuracy", NumberFormat.fixed(subsetAccuracy)),
                ReportText.fact("  most frequent set", NumberFormat.fixed(majoritySubsetAccuracy)),
                ReportText.fact("Hamming loss", NumberFormat.fixed(hammingLoss)),
                ReportText.fact("log loss", NumberFormat.fixed(logLoss)),
            ])
        return lines.joined(separator: "\n") + "\n"
    }

    private var scoreTable: [String] {
        var table = TextTable(header: ["label", "precision", "recall", "f1", "support", "log loss"])
        for (scores, loss) in zip(labels, labelLogLosses) {
            table.add(scores.cells + [NumberFormat.fixed(loss)])
        }
        let support = labels.reduce(0) { $0 + $1.support }
        table.addGap()
        table.add(microAverage.cells(label: "micro avg", support: support) + [""])
        table.add(macroAverage.cells(label: "macro avg", support: support) + [NumberFormat.fixed(logLoss)])
        table.add(weightedAverage.cells(label: "weighted avg", support: support) + [""])
        return table.lines
    }
}
