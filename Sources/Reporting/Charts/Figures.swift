import Evaluation

/// Numbers as the page shows them.
enum Figures {
    /// Up to four significant digits, as short as can be: `0.4312`, `12.5`, `3000`, `2e-05`.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let size = value.magnitude
        if size == 0 { return "0" }
        if size < 1e-3 || size >= 1e7 { return scientific(value) }
        if size >= 10_000 { return count(Int(value.rounded())) }
        let places = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4
        var text = Shown.decimal(value, places: places)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// A round value beside an axis, where there is little room: `0.5`, `200`, `20k`, `1.5M`.
    static func tick(_ value: Double) -> String {
        let size = value.magnitude
        if size >= 1e6, size < 1e10 { return short(value / 1e6) + "M" }
        return size >= 1e4 && size < 1e6 ? short(value / 1e3) + "k" : short(value)
    }

    /// A share in percent.
    static func percent(_ share: Double) -> String {
        share.isFinite ? "\(Shown.decimal(100 * share, places: 1)) %" : "-"
    }

    /// An integer in groups of three.
    static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "\u{202F}" }
            text.append(digit)
        }
        return text
    }

    /// A number of bytes: `1.2 GiB`.
    static func bytes(_ value: Int) -> String {
        value >= 1 << 30
            ? "\(Shown.decimal(Double(value) / Double(1 << 30), places: 2)) GiB"
            : "\(Shown.decimal(Double(value) / Double(1 << 20), places: 0)) MiB"
    }

    /// A time: `12 s`, `3 min 20 s`, `2 h 5 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, 0..<1e9 ~= seconds else { return "-" }
        if seconds < 10 { return "\(Shown.decimal(seconds, places: 1)) s" }
        let total = Int(seconds.rounded())
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) min \(total % 60) s" }
        return "\(total / 3600) h \(total % 3600 / 60) min"
    }

    private static func scientific(_ value: Double) -> String {
        var (mantissa, exponent) = (value.magnitude, 0)
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        var text = Shown.decimal(mantissa, places: 2)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return "\(value < 0 ? "-" : "")\(text)e\(exponent)"
    }
}
