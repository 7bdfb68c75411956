public import Diagnostics
public import JSONCore

/// A problem of one line of a corpus.
public enum LineProblem: Sendable, Hashable {
    // The bytes.
    case invalidUTF8
    case byteOrderMark
    case nulByte
    case tooLong(limit: Int)
    // JSON lines.
    case json(JSONError)
    case notAnObject(found: String)
    case emptyElement
    case unclosedArray
    case afterArray
    // CSV and TSV.
    case fieldCount(found: Int, expected: Int)
    case unterminatedQuote
    case textAfterQuote(column: Int)
    // The text.
    case missingInput(accepted: [String])
    case ambiguousInput([String])
    case inputNotText(found: String)
    // The label.
    case missingLabel(accepted: [String])
    case ambiguousLabel([String])
    case labelNotUsable(found: String)
    case emptyLabel
    case ambiguousLabels(String, separator: String, isMultiLabel: Bool)
    case listAsText(String)
    case repeatedLabel(String)
    case mixedLabelKinds(found: String, first: String, firstLine: Int)
    case listForSingleLabel
    case singleForMultiLabel
    case labelOutOfRange(Int, classCount: Int)
    case unknownLabel(String, known: [String])
    /// Several of them, this line's first, each with the number of its rows.
    case unknownLabels(names: [String], counts: [Int], known: [String])
    case ambiguousNumber(Int, nameIndex: Int)
    // The group.
    case groupNotText(found: String)
}

extension LineProblem: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .invalidUTF8: "invalid UTF-8; save the file as UTF-8"
        case .byteOrderMark: "a byte order mark inside the file (joined from several?); remove it"
        case .nulByte: "a NUL byte; save the file as UTF-8 text"
        case .tooLong(let limit): "longer than \(limit) bytes; split or drop the row"
        case .json(let error):
            "not valid JSON: \(error); expected one object per line: {\"input\": …, \"label\": …}"
        case .notAnObject(let found):
            "found \(found); expected one object per line: {\"input\": …, \"label\": …}"
        case .emptyElement: "nothing between two commas of the array; remove one"
        case .unclosedArray: "the JSON array is never closed; is the file complete?"
        case .afterArray: "something follows the JSON array; expected one array, or one object per line"
        case .fieldCount(let found, let expected):
            "\(found) fields where the header has \(expected); quote fields that hold the separator or a line break (\(setting: .quoting, value: "minimal")), or, if quotes are ordinary characters, give \(setting: .quoting, value: "none")"
        case .unterminatedQuote:
            "a quoted field that starts here is never closed; double the quotes inside it, or, if quotes are ordinary characters, give \(setting: .quoting, value: "none")"
        case .textAfterQuote(let column):
            "text after the closing quote of field \(column); double the quotes inside a quoted field, or, if quotes are ordinary characters, give \(setting: .quoting, value: "none")"
        case .missingInput(let accepted):
            "missing \(Self.alternatives(accepted)); expected {\"input\": …, \"label\": …}, or name the key with \(setting: .inputColumn)"
        case .ambiguousInput(let names):
            "has \(Self.both(names)); choose one with \(setting: .inputColumn)"
        case .inputNotText(let found): "the text is \(found); expected a string"
        case .missingLabel(let accepted):
            "missing \(Self.alternatives(accepted)); expected {\"input\": …, \"label\": …}, or name the key with \(setting: .labelColumn)"
        case .ambiguousLabel(let names):
            "has \(Self.both(names)); choose one with \(setting: .labelColumn)"
        case .labelNotUsable(let found):
            "the label is \(found); expected a class number from 0, a name, or a list of them for multi-label"
        case .emptyLabel: "the label is empty; expected a class number or a name"
        case .ambiguousLabels(let cell, let separator, let isMultiLabel):
            "label \(Self.quoted(cell)) may be one label or several; \(Self.decision(separator, isMultiLabel))"
        case .listAsText(let cell):
            "label \(Self.quoted(cell)) is a list written as text; write it as JSON, [\"a\", \"b\"], separate labels by \"|\" with \(setting: .labelSeparator, value: "'|'"), or give \(setting: .multiLabel, value: "false") if it is one name"
        case .repeatedLabel(let name):
            "label \(Self.quoted(name)) is repeated in one list; expected each class once (numbers or names, not a 0/1 vector)"
        case .mixedLabelKinds(let found, let first, let firstLine):
            "the label is \(found) where line \(firstLine) has \(first); use one kind throughout, or name the classes with \(setting: .labels)"
        case .listForSingleLabel: "a list of labels in a single-label corpus; expected one label"
        case .singleForMultiLabel: "a single label in a multi-label corpus; expected a list, such as [\"a\"]"
        case .labelOutOfRange(let label, let count):
            "label \(label) is out of range; expected 0…\(count - 1) for \(count) classes (if the numbers count from 1, subtract 1, or name class 0 too in \(setting: .labels))"
        case .unknownLabel(let label, let known):
            "unknown label \(Self.quoted(label)); expected one of \(Self.listed(known))"
        case .unknownLabels(let names, let counts, let known):
            "\(counts.reduce(0, +)) rows from here on have labels that are not known: \(Self.counted(names, counts)); expected one of \(Self.listed(known))"
        case .ambiguousNumber(let number, let nameIndex):
            "label \(number) is a number, but the class named \"\(number)\" is class \(nameIndex); write the name as a string"
        case .groupNotText(let found): "the group is \(found); expected a string or an integer"
        }
    }

    /// A name in quotes, shortened and without line breaks.
    package static func quoted(_ name: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in name.unicodeScalars.prefix(40) {
            shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return "\"\(String(shown))\(name.unicodeScalars.count > 40 ? "…" : "")\""
    }

    /// Names in quotes with their numbers: `"a" (3), "b" (1)`.
    static func counted(_ names: [String], _ counts: [Int], limit: Int = 10) -> String {
        zip(names, counts).prefix(limit).map { "\(quoted($0)) (\($1))" }.joined(separator: ", ")
            + (names.count > limit ? ", … (\(names.count) in all)" : "")
    }

    package static func listed(_ names: [String], limit: Int = 10) -> String {
        names.prefix(limit).map(quoted).joined(separator: ", ")
            + (names.count > limit ? ", … (\(names.count) in all)" : "")
    }

    private static func decision(_ separator: String, _ isMultiLabel: Bool) -> Message {
        let split: Message = "give \(setting: .labelSeparator, value: "'\(separator)'") to split it"
        // A separator that does not occur keeps every label whole.
        return isMultiLabel
            ? "\(split), or another separator, such as \(setting: .labelSeparator, value: "'|'"), to take it as one"
            : "\(split), or \(setting: .multiLabel, value: "false") to take it as one"
    }

    private static func alternatives(_ names: [String]) -> String {
        names.map(quoted).joined(separator: " or ")
    }

    private static func both(_ names: [String]) -> String {
        "both " + names.map(quoted).joined(separator: " and ")
    }
}
