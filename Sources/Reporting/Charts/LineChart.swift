import Evaluation

/// Curves over steps.
struct LineChart {
    /// One curve.
    struct Series {
        let name: String
        let points: [(x: Double, y: Double)]
        /// Which of the palette's colours and dashes, from 0.
        let color: Int
        /// Whether its points are marked: few and each measured, not many and joined.
        let hasDots: Bool
        /// Drawn pale behind the others, without an entry in the legend.
        var isFaint = false

        var style: String { isFaint ? "line s\(color) faint" : "line s\(color)\(hasDots ? " dots" : "")" }
    }

    static let paletteSize = 6
    private static let pointLimit = 300
    private static let tableLimit = 60

    let title: String
    let series: [Series]
    /// The point to ring, if any: the best validation. Its text stands in the legend, where no line can cross it.
    var marked: (x: Double, y: Double, text: String)?
    var isShare = false
    var fromZero = false
    var xName = "step"
    /// What the curves show, in a sentence.
    var summary = ""

    /// The chart; nil when there is nothing to draw.
    var chart: Chart? {
        let curves = series.map { Self.finite($0) }.filter { !$0.points.isEmpty }
        guard !curves.isEmpty else { return nil }
        let xs = curves.flatMap { [$0.points[0].x, $0.points[$0.points.count - 1].x] }
        let x = Axis(xs, isTight: true, count: 5)
        let y = isShare ? .share : Axis(curves.flatMap { $0.points.map(\.y) }, fromZero: fromZero)
        let plot = (left: 44.0, top: 8.0, width: 306.0, height: 168.0)
        var drawing = Drawing(height: 212)
        func at(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
            (plot.left + x.position(point.x) * plot.width, plot.top + (1 - y.position(point.y)) * plot.height)
        }
        for tick in y.ticks {
            let position = at((x.low, tick)).y
            drawing.line(plot.left, position, plot.left + plot.width, position, "rule")
            drawing.text(
                plot.left - 5, position + 3.5,
                isShare ? "\(Int((tick * 100).rounded())) %" : NumberFormat.tick(tick),
                anchor: "end")
        }
        for tick in x.ticks where tick == tick.rounded() {
            let position = at((tick, y.low)).x
            drawing.line(position, plot.top + plot.height, position, plot.top + plot.height + 4, "axis")
            drawing.text(position, plot.top + plot.height + 15, NumberFormat.tick(tick), anchor: "middle")
        }
        drawing.line(
            plot.left, plot.top + plot.height, plot.left + plot.width, plot.top + plot.height, "axis")
        drawing.text(plot.left + plot.width / 2, 207, xName, anchor: "middle", style: "quiet")
        for curve in curves {
            let points = Self.thinned(curve.points).map(at)
            drawing.path(points, curve.style)
            guard curve.hasDots || points.count == 1 else { continue }
            for (point, value) in zip(points, Self.thinned(curve.points)) {
                drawing.circle(
                    point.x, point.y, 2.6, "line s\(curve.color) dots",
                    hint: "\(curve.name), \(xName) \(NumberFormat.short(value.x)): \(shown(value.y))")
            }
        }
        if let marked {
            let position = at((marked.x, marked.y))
            drawing.circle(position.x, position.y, 6, "best", hint: marked.text)
        }
        return Chart(
            title: title, description: description(curves),
            keys: curves.filter { !$0.isFaint }.map { .init(name: $0.name, style: $0.style) }
                + (marked.map { [.init(name: $0.text, style: "best")] } ?? []),
            drawing: drawing, header: [xName] + curves.map(\.name), rows: rows(curves))
    }

    private func shown(_ value: Double) -> String {
        isShare ? NumberFormat.percent(value) : NumberFormat.short(value)
    }

    private func description(_ curves: [Series]) -> String {
        let parts = curves.filter { !$0.isFaint }.map { curve in
            let values = curve.points.map(\.y)
            return
                "\(curve.name): from \(shown(values[0])) to \(shown(values[values.count - 1])), lowest \(shown(values.min() ?? 0)), highest \(shown(values.max() ?? 0))"
        }
        let best = marked.map { ". Marked: \($0.text)" } ?? ""
        return (summary.isEmpty ? "" : summary + ". ") + parts.joined(separator: "; ") + best + "."
    }

    /// At most so many rows, evenly chosen, with those of curves that have few points among them.
    private func rows(_ curves: [Series]) -> [[String]] {
        var values = curves.map { curve in
            Dictionary(curve.points.map { ($0.x, $0.y) }, uniquingKeysWith: { $1 })
        }
        let all = Set(values.flatMap(\.keys)).sorted()
        let kept = Set(zip(curves, values).filter { $0.0.hasDots }.flatMap { $0.1.keys })
        let stride = max(1, (all.count + Self.tableLimit - 1) / Self.tableLimit)
        values = values.map { $0 }
        return all.enumerated().filter {
            $0.offset % stride == 0 || $0.offset == all.count - 1 || kept.contains($0.element)
        }.map { entry in
            [NumberFormat.short(entry.element)] + values.map { $0[entry.element].map(shown) ?? "" }
        }
    }

    private static func finite(_ series: Series) -> Series {
        Series(
            name: series.name,
            points: series.points.filter { $0.x.magnitude < 1e300 && $0.y.magnitude < 1e300 },
            color: series.color, hasDots: series.hasDots, isFaint: series.isFaint)
    }

    /// The same curve with fewer points: of each stretch the lowest and the highest, so that no peak is lost.
    static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > pointLimit else { return points }
        let stretches = pointLimit / 2
        var kept: [(x: Double, y: Double)] = []
        for stretch in 0..<stretches {
            let range = stretch * points.count / stretches..<(stretch + 1) * points.count / stretches
            let part = points[range]
            guard let low = part.indices.min(by: { points[$0].y < points[$1].y }),
                let high = part.indices.max(by: { points[$0].y < points[$1].y })
            else { continue }
            kept += low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
        }
        return kept
    }

    /// The running mean of a noisy curve, over a twentieth of its points.
    static func smoothed(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        let span = max(1, points.count / 20)
        var sum = 0.0
        return points.indices.map { index in
            sum += points[index].y
            if index >= span { sum -= points[index - span].y }
            return (points[index].x, sum / Double(min(index + 1, span)))
        }
    }
}
