/// A chart with a title, a legend, a description for screen readers, and its numbers as a table.
struct Chart {
    /// An entry of a legend.
    struct Key {
        let name: String
        /// The class of its line or area.
        let style: String
    }

    let title: String
    let description: String
    let keys: [Key]
    let drawing: Drawing
    let header: [String]
    let rows: [[String]]
    /// A remark under the chart.
    var note = ""
    var isWide = false

    /// The chart as an element of the page.
    var html: String {
        let legend =
            keys.isEmpty
            ? ""
            : "<ul class=\"legend\">"
                + keys.map {
                    "<li><svg class=\"key\" viewBox=\"0 0 24 10\" aria-hidden=\"true\">\(Self.swatch($0.style))</svg>\(Markup.escaped($0.name))</li>"
                }.joined() + "</ul>"
        let remark = note.isEmpty ? "" : "<p class=\"note\">\(Markup.escaped(note))</p>"
        return """
            <figure\(isWide ? " class=\"wide\"" : "")><figcaption>\(Markup.escaped(title))</figcaption>\(legend)
            \(drawing.svg(title: title, description: description))
            \(remark)<details><summary>Table: \(Markup.escaped(title.prefix(1).lowercased() + title.dropFirst()))</summary>\(Markup.table(header, rows))</details></figure>
            """
    }

    private static func swatch(_ style: String) -> String {
        if style == "best" { return "<circle class=\"best\" cx=\"12\" cy=\"5\" r=\"4\"/>" }
        if style.hasPrefix("line") {
            let dot = style.hasSuffix("dots") ? "<circle class=\"\(style)\" cx=\"12\" cy=\"5\" r=\"3\"/>" : ""
            return "<line class=\"\(style)\" x1=\"1\" y1=\"5\" x2=\"23\" y2=\"5\"/>\(dot)"
        }
        return "<rect class=\"\(style)\" x=\"4\" y=\"0\" width=\"16\" height=\"10\"/>"
    }
}
