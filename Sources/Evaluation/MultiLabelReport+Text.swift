extension MultiLabelReport {
    /// The report for people: at most 80 columns wide, ending with a line break.
    public var text: String {
        var lines = [
            "\(sampleCount) \(sampleCount == 1 ? "sample" : "samples"), \(labelNames.count) "
                + "\(labelNames.count == 1 ? "label" : "labels"), \(decision)", "",
        ]
        lines += scoreTable
        var table = TextTable(header: ["", "value", "95 % interval"])
        for (name, value, interval) in [
            ("mean average precision", meanAveragePrecision, intervals?.meanAveragePrecision),
            ("macro F1", macroAverage.f1, intervals?.macroF1),
            ("micro F1", microAverage.f1, intervals?.microF1),
            ("subset accuracy", subsetAccuracy, intervals?.subsetAccuracy),
            ("  most frequent set", majoritySubsetAccuracy, nil), ("Hamming loss", hammingLoss, nil),
            ("log loss", logLoss, nil),
        ] {
            table.add([name, NumberFormat.fixed(value), interval?.shown ?? ""])
        }
        lines += ReportText.section("Overall", table.lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private var hasOneThreshold: Bool { Set(thresholds).count == 1 }

    private var decision: String {
        hasOneThreshold ? "threshold \(thresholds[0])" : "a threshold for each label"
    }

    private var scoreTable: [String] {
        let own = hasOneThreshold ? [] : ["threshold"]
        var table = TextTable(
            header: ["label", "precision", "recall", "f1", "support", "AP"] + own)
        for label in labels.indices {
            table.add(
                [ReportText.label(labelNames[label], width: 22)] + labels[label].cells.dropFirst() + [
                    NumberFormat.fixed(labelAveragePrecisions[label])
                ]
                    + own.map { _ in NumberFormat.fixed(thresholds[label], decimals: 3) })
        }
        let support = labels.reduce(0) { $0 + $1.support }
        table.addGap()
        table.add(microAverage.cells(label: "micro avg", support: support))
        table.add(
            macroAverage.cells(label: "macro avg", support: support)
                + [NumberFormat.fixed(meanAveragePrecision)])
        table.add(weightedAverage.cells(label: "weighted avg", support: support))
        return table.lines
    }
}
