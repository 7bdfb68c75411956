import Evaluation
import JSONCore
import Testing

@Suite struct ReportTextTests {
    private static let names = [
        "safe", "日本語のとても長いラベル名です本当に長い", "e\u{301}galite\u{301}", "👩‍🔬 science",
        "a-label-name-that-is-far-too-long-for-any-table-that-people-would-want-to-read-in-a-terminal",
        "line\nbreak\tand\u{1B}[31mescape\u{202E}",
    ]

    private func report(classes: Int = names.count, samples: Int = 60) throws -> ClassificationReport {
        let names = (0..<classes).map { $0 < Self.names.count ? Self.names[$0] : "class \($0)" }
        var logits: [Float] = []
        for row in 0..<samples {
            for label in 0..<classes {
                let noise = Float((label * 7 + row * 3) % 11) / 4
                logits.append(label == row % classes ? noise + 1 : noise)
            }
        }
        return try ClassificationReport(
            logits: logits, labels: (0..<samples).map { $0 % classes }, labelNames: names, resamples: 50)
    }

    /// Columns as a terminal counts them, for the scripts used here.
    private func columns(_ line: some StringProtocol) -> Int {
        line.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .format: sum
            default:
                sum + (scalar.value >= 0x3000 && scalar.value < 0xA000 || scalar.value >= 0x1F300 ? 2 : 1)
            }
        }
    }

    @Test(arguments: [2, 6, 10, 40])
    func `every line fits eighty columns`(_ classes: Int) throws {
        for line in try report(classes: classes).text.split(separator: "\n") { #expect(columns(line) <= 80) }
    }

    @Test func `columns of the score table line up whatever the script`() throws {
        let lines = try report().text.split(separator: "\n", omittingEmptySubsequences: false)
        let widths = Set(lines[2..<(3 + Self.names.count)].map(columns))
        #expect(widths.count == 1)
    }

    @Test func `label names cannot break or colour the terminal`() throws {
        for text in [try report().text, try multiLabel().text] {
            #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\t" || $0 == "\u{202E}" })
            #expect(text.contains("line↵break"))
        }
    }

    @Test func `JSON keeps label names byte for byte`() throws {
        let json = try JSONParser.parse(JSONValue(report().json).encoded())
        let names = json["labels"]?.array?.compactMap(\.string) ?? []
        #expect(names.count == Self.names.count)
        #expect(zip(names, Self.names).allSatisfy { $0.utf8.elementsEqual($1.utf8) })
        #expect(json["schema_version"]?.int == 1)
    }

    @Test func `the text has every section`() throws {
        let text = try report().text
        for heading in [
            "macro avg", "weighted avg", "MCC", "Cohen's kappa", "majority baseline", "log loss",
            "Brier score", "ECE",
            "Confusion matrix", "Most frequent confusions", "95 % interval",
        ] {
            #expect(text.contains(heading))
        }
    }

    @Test func `a perfect report has no confusions`() throws {
        let report = try ClassificationReport(logits: [2, 0, 0, 2], labels: [0, 1], labelNames: ["a", "b"])
        #expect(!report.text.contains("confusions"))
        #expect(report.text.contains("when wrong            -"))
    }

    private func multiLabel(thresholds: [Double]? = nil) throws -> MultiLabelReport {
        try MultiLabelReport(
            logits: (0..<60).map { Float($0 % 7) - 3 }, labels: (0..<10).map { [$0 % 6] },
            labelNames: Self.names, thresholds: thresholds, resamples: 50)
    }

    @Test func `multi-label lines fit eighty columns`() throws {
        for report in [try multiLabel(), try multiLabel(thresholds: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])] {
            for line in report.text.split(separator: "\n") { #expect(columns(line) <= 80) }
        }
    }

    @Test func `a long name keeps its end`() {
        #expect(DisplayWidth.fittedMiddle("section/administration/users", to: 15) == "section…n/users")
        #expect(DisplayWidth.fittedMiddle("short", to: 15) == "short")
        #expect(DisplayWidth.of(DisplayWidth.fittedMiddle(Self.names[1], to: 9)) <= 9)
    }

    @Test func `a slow rate is a number and none is a dash`() {
        #expect(NumberFormat.rate(0.04) == "0.04")
        #expect(NumberFormat.rate(0) == "-")
        #expect(NumberFormat.rate(18.63) == "18.6")
    }
}
