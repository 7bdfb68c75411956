/// Which values a setting may have.
struct SettingRange<Value: Sendable>: Sendable {
    /// The values in words; nil if every value is possible.
    let words: String?
    /// What is wrong with a value.
    let problems: @Sendable (Value) -> [String]

    /// Every value.
    static var any: SettingRange { SettingRange(words: nil) { _ in [] } }

    /// The values for which `contains` is true, and their description.
    private static func values(
        _ words: String, _ contains: @escaping @Sendable (Value) -> Bool
    ) -> SettingRange {
        SettingRange(words: words) { contains($0) ? [] : ["\($0); expected \(words)"] }
    }
}

extension SettingRange where Value == Int {
    /// Above this, products with the size of a corpus would overflow.
    private static let limit = 1_000_000_000

    static func atLeast(_ bound: Int) -> SettingRange { within(bound...limit) }

    /// An amount of memory, in bytes.
    static var memory: SettingRange { values("from 1 byte to 8Pi") { 1...1 << 53 ~= $0 } }

    static func within(_ range: ClosedRange<Int>) -> SettingRange {
        values("\(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
    }
}

extension SettingRange where Value == Double {
    /// More than 0; `words` name the unit.
    static func positive(_ words: String) -> SettingRange {
        values("\(words), more than 0") { $0 > 0 && $0.isFinite }
    }

    /// How often something is visited; more visits than the limit would overflow the number of steps.
    static var visits: SettingRange {
        values("a number such as 3 or 1.5, more than 0 and at most 1000000000") { $0 > 0 && $0 <= 1e9 }
    }

    static var notNegative: SettingRange { values("0 or more") { $0 >= 0 && $0.isFinite } }
    /// From 0 to 1.
    static var share: SettingRange { values("at least 0 and at most 1") { $0 >= 0 && $0 <= 1 } }
    /// From 0 to below 1.
    static var shareBelowOne: SettingRange { values("at least 0 and less than 1") { $0 >= 0 && $0 < 1 } }
}

extension SettingRange where Value == String {
    /// Anything but an empty text.
    static func notEmpty(_ words: String) -> SettingRange {
        SettingRange(words: words) { $0.isEmpty ? ["empty; expected \(words)"] : [] }
    }
}

extension SettingRange where Value == [String] {
    /// Some of the names, or `all` alone.
    static func some(of known: [String], or all: String) -> SettingRange {
        let words = "\(known.joined(separator: ", ")), or \(all)"
        return SettingRange(words: words) { names in
            var problems = names.isEmpty ? ["empty; expected some of \(words)"] : []
            for name in names where name != all && !known.contains(name) {
                problems.append("\"\(name)\" is not one of \(words)")
            }
            if names.contains(all), names.count > 1 {
                problems.append("\(all) stands for all modules; give it alone")
            }
            return problems
        }
    }
}
