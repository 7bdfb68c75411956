import Evaluation

/// Bar charts of scores and counts by class.
enum BarCharts {
    private static let classLimit = 24

    /// Precision, recall and F1 of each class, with intervals; of many classes the worst.
    static func classes(_ classes: [EvaluationSummary.ClassCounts]) -> Chart {
        let ordered =
            classes.count <= classLimit
            ? classes
            : classes.enumerated().sorted {
                ($0.element.f1, -$0.element.support, $0.offset)
                    < ($1.element.f1, -$1.element.support, $1.offset)
            }.map(\.element)
        let shown = ordered.prefix(classLimit)
        let (left, width, row) = (104.0, 214.0, 38.0)
        var drawing = Drawing(height: 14 + row * Double(shown.count) + 22)
        let bottom = 8 + row * Double(shown.count)
        for tick in Axis.share.ticks {
            let x = left + tick * width
            drawing.line(x, 6, x, bottom, "rule")
            drawing.text(x, bottom + 14, "\(Int((tick * 100).rounded())) %", anchor: "middle")
        }
        for (classIndex, scores) in shown.enumerated() {
            let top = 8 + row * Double(classIndex)
            drawing.text(left - 6, top + 21, Drawing.label(scores.label, width: 15), anchor: "end")
            for (index, score) in Self.scores(of: scores).enumerated() {
                let y = top + 3 + Double(index) * 10.5
                let hint = "\(scores.label), \(score.name): \(NumberFormat.percent(score.value))"
                drawing.box(left, y, score.value * width, 8.5, "area c\(index)", hint: hint)
                guard let interval = score.interval else { continue }
                let (low, high) = (left + interval.lower * width, left + interval.upper * width)
                drawing.line(low, y + 4.25, high, y + 4.25, "whisker")
                drawing.line(low, y + 1.75, low, y + 6.75, "whisker")
                drawing.line(high, y + 1.75, high, y + 6.75, "whisker")
            }
            drawing.text(
                left + width + 38, top + 21, NumberFormat.spacedCount(scores.support), anchor: "end",
                style: "quiet")
        }
        drawing.text(left + width + 38, bottom + 14, "n", anchor: "end", style: "quiet")
        let rest = classes.count - shown.count
        return Chart(
            title: "Precision, recall and F1 of each class",
            description: shown.map { "\($0.label): F1 \(NumberFormat.percent($0.f1))" }.joined(
                separator: ", ")
                + ".",
            keys: [
                .init(name: "precision", style: "area c0"), .init(name: "recall", style: "area c1"),
                .init(name: "F1", style: "area c2"),
            ],
            drawing: drawing,
            header: ["class", "precision", "95 %", "recall", "95 %", "F1", "95 %", "support", "predicted"],
            rows: ordered.map { scores in
                [scores.label]
                    + Self.scores(of: scores).flatMap { score in
                        [
                            NumberFormat.percent(score.value),
                            score.interval.map {
                                "\(NumberFormat.percent($0.lower)) – \(NumberFormat.percent($0.upper))"
                            } ?? "-",
                        ]
                    } + [
                        NumberFormat.spacedCount(scores.support), NumberFormat.spacedCount(scores.predicted),
                    ]
            },
            note: (rest > 0
                ? "The worst \(classLimit) of \(classes.count) classes; the table has all, the worst first. "
                : "")
                + "Lines: 95 % Wilson intervals. n: samples of the class.")
    }

    private static func scores(
        of counts: EvaluationSummary.ClassCounts
    ) -> [(name: String, value: Double, interval: WilsonInterval?)] {
        [
            ("precision", counts.precision, WilsonInterval(counts.truePositives, of: counts.predicted)),
            ("recall", counts.recall, WilsonInterval(counts.truePositives, of: counts.support)),
            (
                "F1", counts.f1,
                .f1(
                    truePositives: counts.truePositives, support: counts.support, predicted: counts.predicted)
            ),
        ]
    }

    /// How many examples of each class there are on both sides.
    static func labelCounts(_ labels: [String], train: [Int], validation: [Int]) -> Chart? {
        counts("Examples of each class", labels, [("training", train), ("validation", validation)])
    }

    /// How many of each class there are in some parts of the data.
    static func counts(_ title: String, _ labels: [String], _ parts: [(name: String, counts: [Int])])
        -> Chart?
    {
        guard !labels.isEmpty, parts.allSatisfy({ $0.counts.count == labels.count }) else { return nil }
        let shown = labels.indices.prefix(classLimit)
        let most = Double(max(1, parts.flatMap(\.counts).max() ?? 0))
        let (left, width, bar) = (104.0, 200.0, 11.5)
        let row = bar * Double(parts.count) + 5
        var drawing = Drawing(height: 12 + row * Double(shown.count))
        for classIndex in shown {
            let top = 4 + row * Double(classIndex)
            drawing.text(
                left - 6, top + bar * Double(parts.count) / 2 + 4,
                Drawing.label(labels[classIndex], width: 15),
                anchor: "end")
            for (index, part) in parts.enumerated() {
                let y = top + 1 + Double(index) * bar
                let length = Double(part.counts[classIndex]) / most * width
                drawing.box(left, y, length, 10, "area c\(index)")
                drawing.text(
                    left + length + 4, y + 8.5, NumberFormat.spacedCount(part.counts[classIndex]),
                    style: "small")
            }
        }
        let rest = labels.count - shown.count
        return Chart(
            title: title,
            description: shown.map { classIndex in
                "\(labels[classIndex]): "
                    + parts.map { "\($0.counts[classIndex]) \($0.name)" }.joined(separator: ", ")
            }.joined(separator: "; ") + ".",
            keys: parts.count < 2
                ? [] : parts.enumerated().map { .init(name: $0.element.name, style: "area c\($0.offset)") },
            drawing: drawing, header: ["class"] + parts.map(\.name),
            rows: labels.indices.map { classIndex in
                [labels[classIndex]] + parts.map { NumberFormat.spacedCount($0.counts[classIndex]) }
            },
            note: rest > 0 ? "\(rest) more classes are in the table." : "")
    }
}
