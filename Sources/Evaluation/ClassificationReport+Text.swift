extension ClassificationReport {
    /// The report for people: at most 100 columns wide, ending with a line break.
    public var text: String {
        var lines = [
            "\(sampleCount) \(sampleCount == 1 ? "sample" : "samples"), \(labelNames.count) classes", "",
        ]
        lines += scoreTable
        lines += Shown.section("Overall", overallLines)
        lines += Shown.section("Probabilities", probabilityLines)
        if confusion.classCount <= Self.shownMatrixLimit {
            lines += Shown.section("Confusion matrix (rows: true, columns: predicted)", matrixLines)
        }
        let confusions = confusion.topConfusions(5)
        if !confusions.isEmpty {
            lines += Shown.section("Most frequent confusions", confusionLines(confusions))
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
        table.add(["accuracy", Shown.decimal(accuracy), intervals?.accuracy.shown ?? "-"])
        table.add(["macro F1", Shown.decimal(macroAverage.f1), intervals?.macroF1.shown ?? "-"])
        table.add([
            "MCC", Shown.decimal(confusion.matthewsCorrelation), intervals?.matthewsCorrelation.shown ?? "-",
        ])
        table.add(["Cohen's kappa", Shown.decimal(confusion.cohenKappa), ""])
        table.add(["top-2 accuracy", Shown.decimal(top2Accuracy), ""])
        table.add(["majority baseline", Shown.decimal(majority.accuracy), ""])
        table.add(["its macro F1", Shown.decimal(majority.macroF1), ""])
        return table.lines + ["  (the baseline always answers \"\(Shown.label(majority.label, width: 50))\")"]
    }

    private var probabilityLines: [String] {
        var lines = [
            Shown.fact("log loss", Shown.decimal(logLoss)),
            Shown.fact("Brier score", Shown.decimal(brierScore)),
            Shown.fact("ECE", Shown.decimal(calibration.expectedError)),
            Shown.fact("mean confidence", Shown.decimal(confidence.mean)),
            Shown.fact("  when right", Shown.decimal(confidence.meanCorrect)),
            Shown.fact("  when wrong", Shown.decimal(confidence.meanWrong)), "",
        ]
        var table = TextTable(header: ["confidence", "samples", "mean", "accuracy"])
        for bin in calibration.bins where bin.count > 0 {
            table.add([
                "\(Shown.decimal(bin.lower, places: 1))-\(Shown.decimal(bin.upper, places: 1))",
                String(bin.count), Shown.decimal(bin.meanConfidence), Shown.decimal(bin.accuracy),
            ])
        }
        lines += table.lines
        return lines
    }

    private var matrixLines: [String] {
        var table = TextTable(header: [""] + labelNames.indices.map { "[\($0)]" })
        for (label, row) in confusion.matrix.enumerated() {
            table.add(["[\(label)] \(Shown.label(labelNames[label], width: 20))"] + row.map(String.init))
        }
        return table.lines
    }

    private func confusionLines(_ cells: [ConfusionCounts.Cell]) -> [String] {
        var table = TextTable(header: ["true", "predicted", "count", "of its class"], leftColumns: 2)
        for cell in cells {
            let share = Double(cell.count) / Double(confusion.support[cell.label])
            table.add([
                Shown.label(labelNames[cell.label]), Shown.label(labelNames[cell.prediction]),
                String(cell.count),
                "\(Shown.decimal(100 * share, places: 1)) %",
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
            Shown.label(label), Shown.decimal(precision), Shown.decimal(recall), Shown.decimal(f1),
            String(support),
        ]
    }
}

extension ConfidenceInterval {
    fileprivate var shown: String { "\(Shown.decimal(lower)) - \(Shown.decimal(upper))" }
}
