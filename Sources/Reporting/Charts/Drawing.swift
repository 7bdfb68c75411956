import Evaluation

/// An SVG drawing under way. Colours come from the page's style sheet through classes.
struct Drawing {
    static let width = 360.0
    let height: Double
    private(set) var body = ""

    init(height: Double) { self.height = height }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        body += "<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>"
    }

    mutating func box(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, opacity: Double? = nil,
        hint: String = ""
    ) {
        let shade = opacity.map { " fill-opacity=\"\(n($0))\"" } ?? ""
        let title = hint.isEmpty ? "" : "<title>\(Markup.escaped(hint))</title>"
        body +=
            "<rect class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(max(0, height)))\"\(shade)>\(title)</rect>"
    }

    mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, hint: String = "") {
        let title = hint.isEmpty ? "" : "<title>\(Markup.escaped(hint))</title>"
        body +=
            "<circle class=\"\(style)\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\">\(title)</circle>"
    }

    mutating func path(_ points: [(x: Double, y: Double)], _ style: String) {
        guard let first = points.first else { return }
        var text = "M\(n(first.x)) \(n(first.y))"
        for point in points.dropFirst() { text += "L\(n(point.x)) \(n(point.y))" }
        body += "<path class=\"\(style)\" d=\"\(text)\"/>"
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    mutating func text(
        _ x: Double, _ y: Double, _ text: String, anchor: String = "start", style: String = "",
        rotated: Bool = false
    ) {
        let turn = rotated ? " transform=\"rotate(-90 \(n(x)) \(n(y)))\"" : ""
        let look = style.isEmpty ? "" : " class=\"\(style)\""
        body +=
            "<text\(look) x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\"\(turn)>\(Markup.escaped(text))</text>"
    }

    /// The drawing as an element.
    ///
    /// - Parameters:
    ///   - title: what it is.
    ///   - description: what it shows, for screen readers.
    func svg(title: String, description: String) -> String {
        "<svg viewBox=\"0 0 360 \(n(height))\" role=\"img\" aria-label=\"\(Markup.escaped("\(title). \(description)"))\">\(body)</svg>"
    }

    /// A class name that fits beside a chart.
    static func label(_ name: String, width: Int) -> String { DisplayWidth.fittedMiddle(name, to: width) }

    private func n(_ value: Double) -> String {
        value.isFinite ? NumberFormat.trimmed(NumberFormat.fixed(value, decimals: 2)) : "0"
    }
}
