/// A whole page: one file that needs nothing else.
struct Page {
    let title: String
    /// What stands under the title.
    let lead: String
    private var body = ""

    init(title: String, lead: String) {
        self.title = title
        self.lead = lead
    }

    /// Figures to see first.
    mutating func addTiles(_ tiles: [(name: String, value: String)]) {
        body += "<ul class=\"tiles\">"
        for tile in tiles {
            body += "<li><b>\(Markup.escaped(tile.value))</b><span>\(Markup.escaped(tile.name))</span></li>"
        }
        body += "</ul>\n"
    }

    /// A section of charts; nothing when there is none.
    mutating func addCharts(_ title: String, _ charts: [Chart?], note: String = "") {
        let charts = charts.compactMap { $0 }
        guard !charts.isEmpty else { return }
        addHeading(title, note: note)
        body += "<div class=\"grid\">\n\(charts.map(\.html).joined(separator: "\n"))\n</div>\n"
    }

    /// A section of markup.
    mutating func addSection(_ title: String, _ markup: String, note: String = "") {
        addHeading(title, note: note)
        body += "<div class=\"card\">\(markup)</div>\n"
    }

    /// Tables beside each other; a title may be empty.
    mutating func addCards(_ title: String, _ cards: [(title: String, markup: String)]) {
        addHeading(title, note: "")
        body += "<div class=\"grid\">"
        for card in cards {
            let title = card.title.isEmpty ? "" : "<h3>\(Markup.escaped(card.title))</h3>"
            body += "<section class=\"card\">\(title)\(card.markup)</section>\n"
        }
        body += "</div>\n"
    }

    /// A long list of names and what they stand for, in columns.
    static func columns(_ facts: [(String, String)]) -> (String, String) {
        let half = (facts.count + 1) / 2
        return (Markup.facts(facts.prefix(half)), Markup.facts(facts.dropFirst(half)))
    }

    private mutating func addHeading(_ title: String, note: String) {
        body += "<h2>\(Markup.escaped(title))</h2>\n"
        if !note.isEmpty { body += "<p class=\"note\">\(Markup.escaped(note))</p>\n" }
    }

    /// The document.
    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <link rel="icon" href="data:,">
        <title>\(Markup.escaped(title))</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <main>
        <h1>\(Markup.escaped(title))</h1>
        <p class="lead">\(Markup.escaped(lead))</p>
        \(body)<footer>Made by apr. This page is one file; it loads nothing and runs no script.</footer>
        </main>
        </body>
        </html>

        """
    }
}
