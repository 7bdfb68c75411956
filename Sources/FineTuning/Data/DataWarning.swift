/// Something about a corpus that does not prevent training but that its owner should know.
public enum DataWarning: Sendable, Hashable {
    /// The file starts with a byte order mark, which was skipped.
    case byteOrderMark
    /// Texts that stand in the file with different labels: the lines of each such text (the first 20 texts), and how
    /// many such texts there are.
    case contradictoryLabels(lines: [[Int]], count: Int)
    /// Rows that repeat the text of an earlier row, labelled alike or not: the first 20 lines, and how many there are.
    case duplicateTexts(lines: [Int], count: Int)
    /// Rows whose text is empty: the first 20 lines, and how many there are.
    case emptyTexts(lines: [Int], count: Int)
    /// Rows whose text holds U+0000: the first 20 lines, and how many there are.
    case nulCharacters(lines: [Int], count: Int)
    /// Classes that no example has.
    case classesWithoutExamples([String])
    /// Two labels that differ only in case, surrounding space or Unicode normalisation.
    case similarLabels([String])
}

extension DataWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .byteOrderMark: "the file starts with a byte order mark, which was skipped"
        case .contradictoryLabels(let lines, let count):
            "\(count) \(count == 1 ? "text stands" : "texts stand") in the file with different labels: "
                + lines.map { "lines \(Self.list($0, count: $0.count))" }.joined(separator: "; ")
                + (count > lines.count ? "; …" : "")
        case .duplicateTexts(let lines, let count):
            "\(count) \(count == 1 ? "row repeats" : "rows repeat") the text of an earlier one: \(Self.lines(lines, count: count))"
        case .emptyTexts(let lines, let count):
            "\(count) \(count == 1 ? "text is" : "texts are") empty: \(Self.lines(lines, count: count))"
        case .nulCharacters(let lines, let count):
            "\(count) \(count == 1 ? "text holds" : "texts hold") a NUL character: \(Self.lines(lines, count: count))"
        case .classesWithoutExamples(let names):
            "no example of \(LineProblem.listed(names))"
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
