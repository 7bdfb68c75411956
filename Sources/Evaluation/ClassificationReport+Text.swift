extension ClassificationReport {
    /// The report for people: at most 80 columns wide, ending with a line break.
    public var text: String {
        var lines = [
            "\(sampleCount) \(sampleCount == 1 ? "sample" : "samples"), \(labelNames.count) classes", "",
        ]
        lines += scoreTable
        lines += ReportText.section("Overall", overallLines)
        lines += ReportText.section("Probabilities", probabilityLines)
        if confusion.classCount <= Self.shownMatrixLimit {
            lines += ReportText.section("Confusion matrix (rows: true, columns: predicted)", matrixLines)
        }
        let confusions = confusion.topConfusions(5)
        if !confusions.isEmpty {
            lines += ReportText.section("Most frequent confusions", confusionLines(confusions))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The most classes whose confusion matrix fits a terminal.
    private static var shownMatrixLimit: Int { 10 }

    private var scoreTable: [String] {
        var table = TextTable(header: ["class", "precision", "recall", "f1", "support"])
        for scores in classes { table.add(scores.cells) }
        table.addGap()
        table.add(macroAverage.cells(label: "macro avg", support: sampleCount))
        table.add(weightedAverage.cells(label: "weighted avg", support: sampleCount))
        return table.lines
    }

    private var overallLines: [String] {
        var table = TextTable(header: ["", "value", "95 % interval"])
        table.add(["accuracy", NumberFormat.fixed(accuracy), intervals?.accuracy.shown ?? "-"])
        table.add(["macro F1", NumberFormat.fixed(macroAverage.f1), intervals?.macroF1.shown ?? "-"])
        table.add([
            "MCC", NumberFormat.fixed(confusion.matthewsCorrelation),
            intervals?.matthewsCorrelation.shown ?? "-",
        ])
        table.add(["Cohen's kappa", NumberFormat.fixed(confusion.cohenKappa), ""])
        table.add(["top-2 accuracy", NumberFormat.fixed(top2Accuracy), ""])
        table.add(["majority baseline", NumberFormat.fixed(majority.accuracy), ""])
        table.add(["its macro F1", NumberFormat.fixed(majority.macroF1), ""])
        return table.lines + [
            "  (the baseline always answers \"\(ReportText.label(majority.label, width: 50))\")"
        ]
    }

    private var probabilityLines: [String] {
        var lines = [
            ReportText.fact("log loss", NumberFormat.fixed(logLoss)),
            ReportText.fact("Brier score", NumberFormat.fixed(brierScore)),
            ReportText.fact("ECE", NumberFormat.fixed(calibration.expectedError)),
            ReportText.fact("mean confidence", NumberFormat.fixed(confidence.mean)),
            ReportText.fact("  when right", NumberFormat.fixed(confidence.meanCorrect)),
            ReportText.fact("  when wrong", NumberFormat.fixed(confidence.meanWrong)), "",
        ]
        var table = TextTable(header: ["confidence", "samples", "mean", "accuracy"])
        for bin in calibration.bins where bin.count > 0 {
            table.add([
                "\(NumberFormat.fixed(bin.lower, decimals: 1))-\(NumberFormat.fixed(bin.upper, decimals: 1))",
                String(bin.count), NumberFormat.fixed(bin.meanConfidence), NumberFormat.fixed(bin.accuracy),
            ])
        }
        lines += table.lines
        return lines
    }

    private var matrixLines: [String] {
        var table = TextTable(header: [""] + labelNames.indices.map { "[\($0)]" })
        for (label, row) in confusion.matrix.enumerated() {
            table.add(["[\(label)] \(ReportText.label(labelNames[label], width: 14))"] + row.map(String.init))
        }
        return table.lines
    }

    private func confusionLines(_ cells: [ConfusionCounts.Cell]) -> [String] {
        var table = TextTable(header: ["true", "predicted", "count", "of its class"], leftColumns: 2)
        for cell in cells {
            let share = Double(cell.count) / Double(confusion.support[cell.label])
            table.add([
                ReportText.label(labelNames[cell.label], width: 24),
                ReportText.label(labelNames[cell.prediction], width: 24), String(cell.count),
                "\(NumberFormat.fixed(100 * share, decimals: 1)) %",
            ])
        }
        return table.lines
    }
}

extension ClassScores {
    var cells: [String] { scores.cells(label: label, support: support) }
}

extension PrecisionRecall {
    func cells(label: String, support: Int) -> [String] {
        [
            ReportText.label(label), NumberFormat.fixed(precision), NumberFormat.fixed(recall),
            NumberFormat.fixed(f1),
            String(support),
        ]
    }
}

extension ConfidenceInterval {
    var shown: String { "\(NumberFormat.fixed(lower)) - \(NumberFormat.fixed(upper))" }
}
