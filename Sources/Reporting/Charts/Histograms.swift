import Evaluation

/// Columns over ranges of a value.
enum Histograms {
    private static let plot = (left: 44.0, top: 8.0, width: 306.0, height: 160.0)

    /// How sure predictions were, right and wrong ones.
    static func confidence(_ summary: EvaluationSummary) -> Chart {
        let totals = zip(summary.rightConfidences, summary.wrongConfidences).map { $0 + $1 }
        let y = Axis(totals.map(Double.init), fromZero: true)
        var drawing = frame(y)
        let column = plot.width / Double(totals.count)
        for bin in totals.indices {
            let x = plot.left + Double(bin) * column
            let right = y.position(Double(summary.rightConfidences[bin])) * plot.height
            let all = y.position(Double(totals[bin])) * plot.height
            drawing.box(x + 1, plot.top + plot.height - right, column - 2, right, "area c2")
            drawing.box(x + 1, plot.top + plot.height - all, column - 2, all - right, "area c3 hatched")
        }
        for tick in Axis.share.ticks {
            drawing.text(
                plot.left + tick * plot.width, plot.top + plot.height + 15, NumberFormat.tick(tick),
                anchor: "middle")
        }
        drawing.text(plot.left + plot.width / 2, 199, "confidence", anchor: "middle", style: "quiet")
        let (right, wrong) = (summary.rightConfidences.reduce(0, +), summary.wrongConfidences.reduce(0, +))
        return Chart(
            title: "How sure the model was",
            description: "\(right) right and \(wrong) wrong predictions by confidence.",
            keys: [.init(name: "right", style: "area c2"), .init(name: "wrong", style: "area c3 hatched")],
            drawing: drawing, header: ["confidence", "right", "wrong"],
            rows: totals.indices.map { bin in
                let step = 1 / Double(totals.count)
                return [
                    "\(NumberFormat.fixed(Double(bin) * step, decimals: 2)) – \(NumberFormat.fixed(Double(bin + 1) * step, decimals: 2))",
                    NumberFormat.spacedCount(summary.rightConfidences[bin]),
                    NumberFormat.spacedCount(summary.wrongConfidences[bin]),
                ]
            })
    }

    /// How long texts are, and from where on they are cut.
    static func lengths(_ lengths: LengthHistogram) -> Chart {
        let y = Axis(lengths.counts.map(Double.init), fromZero: true)
        let x = Axis([0, Double(lengths.counts.count * lengths.width)], isTight: true, count: 5)
        var drawing = frame(y)
        let column = plot.width / Double(lengths.counts.count)
        for (bin, count) in lengths.counts.enumerated() {
            let height = y.position(Double(count)) * plot.height
            let isCut = bin * lengths.width >= lengths.limit
            drawing.box(
                plot.left + Double(bin) * column + 1, plot.top + plot.height - height, column - 2, height,
                isCut ? "area c3 hatched" : "area c0")
        }
        for tick in x.ticks where tick == tick.rounded() {
            drawing.text(
                plot.left + x.position(tick) * plot.width, plot.top + plot.height + 15,
                NumberFormat.tick(tick),
                anchor: "middle")
        }
        if Double(lengths.limit) <= x.high {
            let position = plot.left + x.position(Double(lengths.limit)) * plot.width
            drawing.line(position, plot.top, position, plot.top + plot.height, "limit")
        }
        drawing.text(plot.left + plot.width / 2, 199, "tokens", anchor: "middle", style: "quiet")
        let share = Double(lengths.truncatedCount) / Double(max(1, lengths.total))
        let cut =
            lengths.truncatedCount == 0
            ? "None is longer than the limit of \(NumberFormat.spacedCount(lengths.limit)) tokens."
            : "\(NumberFormat.spacedCount(lengths.truncatedCount)) (\(NumberFormat.percent(share))) are longer than the limit of \(NumberFormat.spacedCount(lengths.limit)) tokens and were cut."
        return Chart(
            title: "Length of texts",
            description:
                "\(lengths.total) texts, mean \(NumberFormat.short(lengths.mean)) tokens, longest \(lengths.longest). \(cut)",
            keys: lengths.truncatedCount == 0
                ? []
                : [
                    .init(name: "whole", style: "area c0"), .init(name: "cut", style: "area c3 hatched"),
                ],
            drawing: drawing, header: ["tokens", "texts"],
            rows: lengths.counts.enumerated().map { bin, count in
                [
                    "\(bin * lengths.width + 1) – \((bin + 1) * lengths.width)",
                    NumberFormat.spacedCount(count),
                ]
            },
            note:
                "\(NumberFormat.spacedCount(lengths.total)) texts, mean \(NumberFormat.short(lengths.mean)) tokens, longest \(NumberFormat.spacedCount(lengths.longest)). \(cut)"
        )
    }

    private static func frame(_ y: Axis) -> Drawing {
        var drawing = Drawing(height: 204)
        for tick in y.ticks where tick == tick.rounded() {
            let position = plot.top + (1 - y.position(tick)) * plot.height
            drawing.line(plot.left, position, plot.left + plot.width, position, "rule")
            drawing.text(plot.left - 5, position + 3.5, NumberFormat.tick(tick), anchor: "end")
        }
        let bottom = plot.top + plot.height
        drawing.line(plot.left, bottom, plot.left + plot.width, bottom, "axis")
        return drawing
    }
}
