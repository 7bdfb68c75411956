import JSONCore
import Platform

/// How many labels a field of a table has, or a JSON string in place of a list.
///
/// - A JSON list in a field is one: `["a", "b"]`.
/// - `labelSeparator` separates labels, and so makes the corpus multi-label. Without it `|` does: in a multi-label
///   corpus, and in a column called `labels`, where it makes the corpus multi-label. Spaces around labels do not count.
/// - With `multiLabel` false a field is one label, whatever it holds.
/// - A field that may be read in two ways is refused.
struct LabelFields {
    /// A spelling as labels, by their indices in `RowCollector.spellings`.
    private enum Reading {
        case labels([Int])
        case refused(LineProblem)
    }

    /// Whether texts have any number of labels.
    let isMultiLabel: Bool
    /// The readings of fields and names, by spelling; nil takes the spelling as one label.
    private var readings: [Reading?]

    /// What separates labels in files of others.
    private static let separators: [Character] = [";", ",", "|"]
    /// What also separates them, if every part is a label elsewhere.
    private static let rareSeparators: [Character] = ["/", "&", "+", "\t", " "]

    init(_ rows: inout RowCollector, options: DatasetOptions, known: LabelMap?) {
        let (fields, names) = Self.fields(of: rows)
        let lists = options.multiLabel == false ? [:] : Self.lists(fields, in: rows)
        isMultiLabel =
            options.multiLabel
            ?? (options.labelSeparator != nil || Self.looksMultiLabel(rows, hasLists: !lists.isEmpty))
        readings = Array(repeating: nil, count: rows.spellings.count)
        guard options.multiLabel != false else { return }
        for field in fields {
            if lists[field] != nil, names.contains(field) {
                // A string where other rows have no lists: nobody asked for several labels.
                readings[field] = .refused(.listAsText(rows.spellings[field]))
            } else if let list = lists[field] {
                readings[field] = Self.reading(of: list, in: &rows)
            } else if Self.looksLikeList(rows.spellings[field]), known?.id(of: rows.spellings[field]) == nil {
                readings[field] = .refused(.listAsText(rows.spellings[field]))
            } else if isMultiLabel {
                readings[field] = Self.split(
                    rows.spellings[field], at: options.labelSeparator ?? "|", in: &rows)
            }
        }
        if options.labelSeparator == nil { refuseAmbiguous(fields, rows, known: known) }
    }

    /// The labels of a row.
    ///
    /// - Throws: what is ambiguous about its field.
    func tags(of row: RawRow) throws(LineRejection) -> [RawRow.Tag] {
        switch row.label {
        case .none: return []
        case .list(let tags): return tags
        case .one(let tag):
            guard case .name(let spelling) = tag else { return [tag] }
            switch reading(of: spelling) {
            case .refused(let problem): throw LineRejection(problem)
            default: return [tag]
            }
        case .field(let spelling):
            switch reading(of: spelling) {
            case .labels(let labels): return labels.map(RawRow.Tag.name)
            case .refused(let problem): throw LineRejection(problem)
            case nil: return [.name(spelling)]
            }
        }
    }

    private func reading(of spelling: Int) -> Reading? {
        readings.indices.contains(spelling) ? readings[spelling] : nil
    }

    /// The different spellings of fields and of names that stand alone, and of the latter.
    private static func fields(of rows: RowCollector) -> (all: [Int], names: Set<Int>) {
        var (fields, names): (Set<Int>, Set<Int>) = ([], [])
        for row in rows.rows {
            switch row.label {
            case .field(let spelling): fields.insert(spelling)
            case .one(.name(let spelling)): names.insert(spelling)
            default: break
            }
        }
        return (fields.union(names).sorted(), names)
    }

    private static func looksMultiLabel(_ rows: RowCollector, hasLists: Bool) -> Bool {
        switch rows.rows.first?.label {
        case .list: true
        case .field:
            hasLists
                || rows.labelColumn == "labels"
                    && rows.spellings.contains { $0.utf8.contains(UInt8(ascii: "|")) }
        default: false
        }
    }

    // MARK: - Lists

    /// The fields of a table that are JSON lists.
    private static func lists(_ fields: [Int], in rows: RowCollector) -> [Int: [JSONValue]] {
        var lists: [Int: [JSONValue]] = [:]
        for field in fields {
            let text = trimmed(rows.spellings[field][...])
            guard text.hasPrefix("["), text.hasSuffix("]") else { continue }
            lists[field] = (try? JSONParser.parse(Array(text.utf8)))?.array
        }
        return lists
    }

    private static func reading(of list: [JSONValue], in rows: inout RowCollector) -> Reading {
        var labels: [Int] = []
        for element in list {
            switch element {
            case .string(let name) where name.isEmpty: return .refused(.emptyLabel)
            case .string(let name): labels.append(rows.intern(name))
            case .number(let number) where (number.int ?? -1) >= 0: labels.append(rows.intern(number.literal))
            case .bool(let flag): labels.append(rows.intern(flag ? "true" : "false"))
            case .number(let number):
                return .refused(.labelNotUsable(found: String(number.literal.prefix(40))))
            default: return .refused(.labelNotUsable(found: element.kind))
            }
        }
        return .labels(labels)
    }

    /// Whether a field is a list as Python and NumPy print it.
    private static func looksLikeList(_ field: String) -> Bool {
        let text = trimmed(field[...])
        guard text.hasPrefix("["), text.hasSuffix("]") else { return false }
        return text.utf8.contains { "'\", ".utf8.contains($0) }
    }

    // MARK: - Separators

    private static func split(_ field: String, at separator: String, in rows: inout RowCollector) -> Reading {
        let parts = field.split(separator: separator, omittingEmptySubsequences: separator == " ").map {
            String(trimmed($0))
        }
        // An empty field means that no label applies.
        if parts.allSatisfy(\.isEmpty), parts.count < 2 { return .labels([]) }
        return .labels(parts.map { rows.intern($0) })
    }

    /// Refuses the fields that another reading would split, too.
    private mutating func refuseAmbiguous(_ fields: [Int], _ rows: RowCollector, known: LabelMap?) {
        let labels = fields.map { wholeLabels(of: $0, rows) }
        let counts = Self.partCounts(Set(labels.joined().map(UTF8Key.init)))
        for (field, labels) in zip(fields, labels) {
            for label in labels {
                guard let separator = separator(in: label, counts: counts, rows, known: known) else {
                    continue
                }
                readings[field] = .refused(
                    .ambiguousLabels(
                        rows.spellings[field], separator: String(separator), isMultiLabel: isMultiLabel))
            }
        }
    }

    private func wholeLabels(of field: Int, _ rows: RowCollector) -> [String] {
        switch readings[field] {
        case .labels(let labels) where !rows.spellings[field].hasPrefix("["):
            labels.map { rows.spellings[$0] }
        case nil: [rows.spellings[field]]
        default: []
        }
    }

    /// In how many different labels each part occurs that a separator would make, a whole label included.
    private static func partCounts(_ labels: Set<UTF8Key>) -> [UTF8Key: Int] {
        var counts: [UTF8Key: Int] = [:]
        for label in labels {
            var parts: Set<UTF8Key> = [label]
            for separator in separators + rareSeparators {
                parts.formUnion(Self.parts(of: label.text, at: separator).map(UTF8Key.init))
            }
            for part in parts { counts[part, default: 0] += 1 }
        }
        return counts
    }

    /// What may separate the parts of a label; nil if it is one label.
    private func separator(
        in label: String, counts: [UTF8Key: Int], _ rows: RowCollector, known: LabelMap?
    ) -> Character? {
        for separator in Self.separators + Self.rareSeparators where label.contains(separator) {
            let parts = Self.parts(of: label, at: separator)
            guard parts.count > 1 else { continue }
            if let known {
                let isName = known.id(of: label) != nil
                let areNames = parts.allSatisfy { known.id(of: $0) != nil }
                if areNames || isMultiLabel && !isName && Self.separators.contains(separator) {
                    return separator
                }
                continue
            }
            let isCommon = Self.separators.contains(separator)
            let isListColumn = isMultiLabel || rows.labelColumn == "labels"
            if isCommon && isListColumn { return separator }
            let areElsewhere = parts.allSatisfy { (counts[UTF8Key($0)] ?? 0) > 1 }
            if areElsewhere, isCommon || isMultiLabel { return separator }
        }
        return nil
    }

    private static func parts(of label: String, at separator: Character) -> [String] {
        label.split(separator: separator).map { String(trimmed($0)) }.filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
