import ClassificationData
import JSONCore

/// How values of a kind are written in JSON and as text, and the words that errors use for them.
struct SettingFormat<Value: Sendable>: Sendable {
    /// How a value is given.
    var kind = TrainingSetting.Kind.text
    /// The expected JSON value, in words.
    let expectedJSON: String
    /// The expected text, in words.
    let expectedText: String
    let encode: @Sendable (Value) -> JSONValue
    let decode: @Sendable (JSONValue) -> Value?
    /// The value as text, which `parse` reads back.
    let text: @Sendable (Value) -> String
    let parse: @Sendable (String) -> Value?
}

extension SettingFormat where Value == Int {
    /// An integer.
    static var integer: SettingFormat {
        SettingFormat(
            expectedJSON: "an integer", expectedText: "an integer", encode: { JSONValue($0) }, decode: \.int,
            text: \.description, parse: { Int($0) })
    }

    /// An amount of memory: bytes in JSON, with a unit as text.
    static var bytes: SettingFormat {
        SettingFormat(
            expectedJSON: "a number of bytes", expectedText: "a size such as 900M or 2.5G",
            encode: { JSONValue($0) }, decode: \.int, text: \.description,
            parse: { MemorySize($0)?.byteCount })
    }
}

extension SettingFormat where Value == Double {
    /// A number.
    static var number: SettingFormat { number("a number") }

    /// A number of a unit.
    static func number(of unit: String) -> SettingFormat { number("a number of \(unit)") }

    /// A number that is written without a point where it is whole.
    static var wholeOrFraction: SettingFormat {
        SettingFormat(
            expectedJSON: "a number", expectedText: "a number",
            encode: { value in Int(exactly: value).map { JSONValue($0) } ?? JSONValue(value) },
            decode: \.double,
            text: { value in Int(exactly: value)?.description ?? value.description }, parse: { Double($0) })
    }

    private static func number(_ words: String) -> SettingFormat {
        SettingFormat(
            expectedJSON: words, expectedText: words, encode: { JSONValue($0) }, decode: \.double,
            text: \.description, parse: { Double($0) })
    }
}

extension SettingFormat where Value == TextTemplate {
    /// A text around the placeholder.
    static var template: SettingFormat {
        let words = "a text that has {text} once"
        return SettingFormat(
            expectedJSON: words, expectedText: words, encode: { .string($0.pattern) },
            decode: { $0.string.flatMap { TextTemplate($0) } }, text: \.escaped,
            parse: { TextTemplate(escaped: $0) })
    }
}

extension SettingFormat where Value == UInt64 {
    /// A string in JSON, because readers of JSON may hold numbers as doubles.
    static var seed: SettingFormat {
        SettingFormat(
            expectedJSON: "an integer from 0", expectedText: "an integer from 0",
            encode: { .string(String($0)) },
            decode: { $0.string.flatMap { UInt64($0) } ?? $0.int.flatMap { UInt64(exactly: $0) } },
            text: \.description, parse: { UInt64($0) })
    }
}

extension SettingFormat where Value == Bool {
    /// Yes or no.
    static var flag: SettingFormat {
        SettingFormat(
            kind: .flag, expectedJSON: "true or false", expectedText: "true or false", encode: { .bool($0) },
            decode: \.bool, text: { $0 ? "yes" : "no" },
            parse: { ["yes": true, "true": true, "no": false, "false": false][$0] })
    }
}

extension SettingFormat where Value == String {
    /// A path.
    static var path: SettingFormat {
        SettingFormat(
            expectedJSON: "a string", expectedText: "a path", encode: { .string($0) }, decode: \.string,
            text: { $0 }, parse: { $0 })
    }
}

extension SettingFormat where Value == [String] {
    /// Names; JSON may have a single one, and a text separates them by commas.
    static var names: SettingFormat {
        SettingFormat(
            kind: .list, expectedJSON: "a list of strings", expectedText: "a list such as [a, b]",
            encode: { JSONValue($0) },
            decode: { json in
                guard let array = json.array else { return json.string.map { [$0] } }
                let names = array.compactMap(\.string)
                return names.count == array.count ? names : nil
            },
            text: { $0.joined(separator: ",") }, parse: { [String](commaSeparated: $0) })
    }
}

extension SettingFormat where Value == ClassWeighting {
    /// A rule or a file.
    static var classWeights: SettingFormat {
        SettingFormat(
            expectedJSON: "a rule, a path or a list of positive numbers",
            expectedText: "auto, none, sqrt_inverse, inverse or a path", encode: \.json,
            decode: { ClassWeighting(json: $0) }, text: \.description,
            parse: { $0.isEmpty ? nil : ClassWeighting.parse($0) })
    }
}

extension SettingFormat where Value: RawRepresentable<String> & CaseIterable {
    /// One of several words.
    static var choice: SettingFormat {
        let words = Value.allCases.map(\.rawValue)
        let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return SettingFormat(
            expectedJSON: expected, expectedText: expected, encode: { .string($0.rawValue) },
            decode: { $0.string.flatMap { Value(rawValue: $0) } }, text: \.rawValue,
            parse: { Value(rawValue: $0) })
    }
}

extension [String] {
    /// The names in a text such as `a, b`, without surrounding spaces; nil when one of them is empty.
    package init?(commaSeparated text: String) {
        self = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let start = part.drop { $0 == " " }
            return String(start.reversed().drop { $0 == " " }.reversed())
        }
        guard allSatisfy({ !$0.isEmpty }) else { return nil }
    }
}

/// An amount of memory: `900M`, `2.5G` in powers of 1000, `900MiB` or `2.5Gi` in powers of 1024, or bytes.
public struct MemorySize: Sendable, Hashable {
    /// The bytes, at least 1.
    public let byteCount: Int

    /// Reads a size; nil if the text is not one.
    public init?(_ size: String) {
        var text = size.lowercased()
        if text.hasSuffix("b") { text.removeLast() }
        let step: Double = text.hasSuffix("i") ? 1024 : 1000
        if text.hasSuffix("i") { text.removeLast() }
        let powers: [Character: Double] = ["k": 1, "m": 2, "g": 3, "t": 4]
        let power = text.last.flatMap { powers[$0] }
        if power != nil { text.removeLast() }
        guard power != nil || step == 1000, let number = Double(text), number.isFinite else { return nil }
        let bytes = (0..<Int(power ?? 0)).reduce(number) { value, _ in value * step }
        guard bytes >= 1, bytes < 1e18 else { return nil }
        byteCount = Int(bytes)
    }
}
