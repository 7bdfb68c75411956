import Evaluation

/// A reliability diagram: accuracy by confidence.
enum ReliabilityChart {
    static func chart(_ summary: EvaluationSummary) -> Chart? {
        let bins = summary.bins.filter { $0.count > 0 }
        guard !bins.isEmpty else { return nil }
        let plot = (left: 44.0, top: 8.0, width: 306.0, height: 200.0)
        var drawing = Drawing(height: 244)
        func at(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            (plot.left + x * plot.width, plot.top + (1 - y) * plot.height)
        }
        for tick in Axis.share.ticks {
            let (x, y) = (at(tick, 0).x, at(0, tick).y)
            drawing.line(plot.left, y, plot.left + plot.width, y, "rule")
            drawing.text(plot.left - 5, y + 3.5, "\(Int((tick * 100).rounded())) %", anchor: "end")
            drawing.text(x, plot.top + plot.height + 15, NumberFormat.short(tick), anchor: "middle")
        }
        drawing.line(
            plot.left, plot.top + plot.height, plot.left + plot.width, plot.top + plot.height, "axis")
        drawing.path([at(0, 0), at(1, 1)], "line ideal")
        let points = bins.map { at($0.confidence ?? 0, Double($0.right) / Double($0.count)) }
        drawing.path(points, "line s0")
        let most = Double(bins.map(\.count).max() ?? 1)
        for (bin, point) in zip(bins, points) {
            if let interval = WilsonInterval(bin.right, of: bin.count) {
                drawing.line(point.x, at(0, interval.lower).y, point.x, at(0, interval.upper).y, "whisker")
            }
            drawing.circle(
                point.x, point.y, 2.5 + 4 * (Double(bin.count) / most).squareRoot(), "line s0 dots",
                hint: "\(bin.count) predictions")
        }
        drawing.text(plot.left + plot.width / 2, 239, "confidence", anchor: "middle", style: "quiet")
        let gaps = bins.reduce(0.0) { sum, bin in
            sum + abs(Double(bin.right) - (bin.confidence ?? 0) * Double(bin.count))
        }
        let error = gaps / Double(max(1, bins.reduce(0) { $0 + $1.count }))
        return Chart(
            title: "Reliability: share right against confidence",
            description:
                "Expected calibration error \(NumberFormat.fixed(error)). On the dashed diagonal, confidence is exactly the share that is right.",
            keys: [
                .init(name: "measured", style: "line s0 dots"), .init(name: "perfect", style: "line ideal"),
            ],
            drawing: drawing, header: ["confidence", "predictions", "mean confidence", "right", "95 %"],
            rows: summary.bins.map { bin in
                let interval = WilsonInterval(bin.right, of: bin.count)
                return [
                    "\(NumberFormat.fixed(bin.lower, decimals: 1)) – \(NumberFormat.fixed(bin.upper, decimals: 1))",
                    NumberFormat.spacedCount(bin.count),
                    bin.confidence.map { NumberFormat.fixed($0, decimals: 3) } ?? "-",
                    bin.count == 0 ? "-" : NumberFormat.percent(Double(bin.right) / Double(bin.count)),
                    interval.map { "\(NumberFormat.percent($0.lower)) – \(NumberFormat.percent($0.upper))" }
                        ?? "-",
                ]
            },
            note: "Lines: 95 % Wilson intervals. Larger points hold more predictions.")
    }
}
