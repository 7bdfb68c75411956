extension MultiLabelReport {
    /// The report for people: at most 100 columns wide, ending with a line break.
    public var text: String {
        var lines = [
            "\(sampleCount) \(sampleCount == 1 ? "sample" : "samples"), \(labelNames.count) "
                + "\(labelNames.count == 1 ? "label" : "labels"), threshold \(threshold)", "",
        ]
        lines += scoreTable
        lines += Shown.section(
            "Overall",
            [
                Shown.fact("micro F1", Shown.decimal(microAverage.f1)),
                Shown.fact("macro F1", Shown.decimal(macroAverage.f1)),
                Shown.fact("subset accuracy", Shown.decimal(subsetAccuracy)),
                Shown.fact("  most frequent set", Shown.decimal(majoritySubsetAccuracy)),
                Shown.fact("Hamming loss", Shown.decimal(hammingLoss)),
                Shown.fact("log loss", Shown.decimal(logLoss)),
            ])
        return lines.joined(separator: "\n") + "\n"
    }

    private var scoreTable: [String] {
        var table = TextTable(header: ["label", "precision", "recall", "f1", "support", "log loss"])
        for (scores, loss) in zip(labels, labelLogLosses) { table.add(scores.cells + [Shown.decimal(loss)]) }
        let support = labels.reduce(0) { $0 + $1.support }
        table.addGap()
        table.add(microAverage.cells(label: "micro avg", support: support) + [""])
        table.add(macroAverage.cells(label: "macro avg", support: support) + [Shown.decimal(logLoss)])
        table.add(weightedAverage.cells(label: "weighted avg", support: support) + [""])
        return table.lines
    }
}
