public import Diagnostics
import Platform

/// Finds problems of a corpus that its owner should know.
enum DataReview {
    private static let shown = 20

    static func warnings(
        examples: [Example], labels: LabelMap, textKeys: [UInt64], order: [Int]
    ) -> [DataWarning] {
        repeatedTexts(examples: examples, textKeys: textKeys, order: order)
            + unusualTexts(examples)
            + unusualLabels(examples: examples, labels: labels)
    }

    /// Equal texts are adjacent in the canonical order.
    private static func repeatedTexts(
        examples: [Example], textKeys: [UInt64], order: [Int]
    ) -> [DataWarning] {
        var repeated: [Int] = []
        var contradictions: [[Int]] = []
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, textKeys[order[end]] == textKeys[order[start]] { end += 1 }
            if end - start > 1 {
                let indices = order[start..<end].sorted()
                repeated += indices.dropFirst().map { examples[$0].line }
                if indices.contains(where: { examples[$0].label != examples[indices[0]].label }) {
                    contradictions.append(indices.map { examples[$0].line })
                }
            }
            start = end
        }
        var warnings: [DataWarning] = []
        if !contradictions.isEmpty {
            contradictions.sort { $0[0] < $1[0] }
            warnings.append(
                .contradictoryLabels(lines: Array(contradictions.prefix(shown)), count: contradictions.count))
        }
        if !repeated.isEmpty {
            repeated.sort()
            warnings.append(.duplicateTexts(lines: Array(repeated.prefix(shown)), count: repeated.count))
        }
        return warnings
    }

    private static func unusualTexts(_ examples: [Example]) -> [DataWarning] {
        var warnings: [DataWarning] = []
        let empty = examples.filter(\.text.isEmpty)
        if !empty.isEmpty {
            warnings.append(.emptyTexts(lines: empty.prefix(shown).map(\.line), count: empty.count))
        }
        let withNUL = examples.filter { $0.text.utf8.contains(0) }
        if !withNUL.isEmpty {
            warnings.append(.nulCharacters(lines: withNUL.prefix(shown).map(\.line), count: withNUL.count))
        }
        return warnings
    }

    private static func unusualLabels(examples: [Example], labels: LabelMap) -> [DataWarning] {
        var present = [Bool](repeating: false, count: labels.count)
        for example in examples { for index in example.label.indices { present[index] = true } }
        var warnings: [DataWarning] = []
        let absent = present.indices.filter { !present[$0] }.map { labels[$0] }
        if !absent.isEmpty { warnings.append(.classesWithoutExamples(absent)) }

        // Keyed by `String`, whose equality is canonical equivalence, which finds the similar labels.
        var lookAlikes: [String: [String]] = [:]
        for name in labels.names { lookAlikes[folded(name), default: []].append(name) }
        for name in labels.names {
            guard let group = lookAlikes[folded(name)], group.count > 1, UTF8Key(group[0]) == UTF8Key(name)
            else {
                continue
            }
            warnings.append(.similarLabels(group))
        }
        return warnings
    }

    private static func folded(_ name: String) -> String {
        let scalars = name.lowercased().unicodeScalars.drop { $0.properties.isWhitespace }
        var trimmed = String.UnicodeScalarView(scalars)
        while let last = trimmed.last, last.properties.isWhitespace { trimmed.removeLast() }
        return String(trimmed)
    }
}

/// A problem of a corpus that does not prevent training.
public enum DataWarning: Sendable, Hashable {
    /// The file starts with a byte order mark, which was skipped.
    case byteOrderMark
    /// Lines within quoted fields that look like rows of their own: the first 20, and how many there are.
    case rowsInQuotes(lines: [Int], count: Int)
    /// Rows with a field in quotes that were read as ordinary characters: the first 20 lines, and how many there are.
    case literalQuotes(lines: [Int], count: Int)
    /// What was given to separate labels, and occurs in none.
    case unusedLabelSeparator(String)
    /// Numbers below the highest that no example has: the first 11, how many there are, and the highest.
    case missingNumbers(missing: [Int], count: Int, highest: Int)
    /// Texts that occur with different labels: the lines of each (the first 20 texts), and the number of such texts.
    case contradictoryLabels(lines: [[Int]], count: Int)
    /// Rows that repeat the text of an earlier row, labelled alike or not: the first 20 lines, and how many there are.
    case duplicateTexts(lines: [Int], count: Int)
    /// Rows whose text is empty: the first 20 lines, and how many there are.
    case emptyTexts(lines: [Int], count: Int)
    /// Rows whose text holds U+0000: the first 20 lines, and how many there are.
    case nulCharacters(lines: [Int], count: Int)
    /// Classes that no example has.
    case classesWithoutExamples([String])
    /// Labels that the model does not know, each with the number of its rows; the number of rows with any, of how many.
    case unknownLabels(names: [String], counts: [Int], rows: Int, of: Int)
    /// Two labels that differ only in case, surrounding space or Unicode normalisation.
    case similarLabels([String])
}

extension DataWarning: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .byteOrderMark: "the file starts with a byte order mark, which was skipped"
        case .rowsInQuotes(let lines, let count):
            "\(count) \(count == 1 ? "line" : "lines") within a quoted field \(count == 1 ? "looks like a row of its own" : "look like rows of their own") but became part of a text: \(Self.lines(lines, count: count)); if quotes are ordinary characters in this file, give \(setting: .quoting, value: "none")"
        case .literalQuotes(let lines, let count):
            "\(count) \(count == 1 ? "row has" : "rows have") a field in quotes, which were kept as part of it: \(Self.lines(lines, count: count)); if the file was written with quoted fields, give \(setting: .quoting, value: "minimal")"
        case .unusedLabelSeparator(let separator):
            "no label has the separator \(LineProblem.quoted(separator)), so each row has one label at most"
        case .missingNumbers(let missing, let count, let highest):
            "no example has label \(Self.list(missing, count: count)), but labels go up to \(highest), so the model gets \(highest + 1) classes, \(count) of them without an example; if the numbers count from 1, subtract 1, or name class 0 too in \(setting: .labels); if they are codes, write them as strings"
        case .contradictoryLabels(let lines, let count):
            Message(
                "\(count) \(count == 1 ? "text occurs" : "texts occur") in the file with different labels: "
                    + lines.map { "lines \(Self.list($0, count: $0.count))" }.joined(separator: "; ")
                    + (count > lines.count ? "; …" : ""))
        case .duplicateTexts(let lines, let count):
            "\(count) \(count == 1 ? "row repeats" : "rows repeat") the text of an earlier one: \(Self.lines(lines, count: count))"
        case .emptyTexts(let lines, let count):
            "\(count) \(count == 1 ? "text is" : "texts are") empty: \(Self.lines(lines, count: count))"
        case .nulCharacters(let lines, let count):
            "\(count) \(count == 1 ? "text holds" : "texts hold") a NUL character: \(Self.lines(lines, count: count))"
        case .classesWithoutExamples(let names):
            "no example of \(LineProblem.listed(names))"
        case .unknownLabels(let names, let counts, let rows, let total):
            "\(rows) of \(total) rows \(rows == 1 ? "has a label" : "have labels") that the model does not know and \(rows == 1 ? "counts" : "count") as wrong: \(LineProblem.counted(names, counts))"
        case .similarLabels(let names):
            "labels that look alike but are different classes: \(LineProblem.listed(names))"
        }
    }

    private static func lines(_ lines: [Int], count: Int) -> String {
        (count == 1 ? "line " : "lines ") + list(lines, count: count)
    }

    private static func list(_ lines: [Int], count: Int) -> String {
        let shown = lines.prefix(20).map(String.init).joined(separator: ", ")
        return count > min(lines.count, 20) ? shown + ", …" : shown
    }
}
