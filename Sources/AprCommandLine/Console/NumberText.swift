import Evaluation

/// Numbers as people read them.
enum NumberText {
    /// An integer in groups of three: `1,234,567`.
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A number and its noun: `1 step`, `3 steps`.
    static func counted(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// A number of parameters: `494.0 M`.
    static func parameters(_ value: Int) -> String {
        for (factor, unit) in [(1e9, "B"), (1e6, "M"), (1e3, "K")] where Double(value) >= factor {
            return "\(Shown.decimal(Double(value) / factor, places: factor == 1e9 ? 2 : 1)) \(unit)"
        }
        return String(value)
    }

    /// A number of bytes: `1.2 GiB`.
    static func bytes(_ value: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where value >= 1 << shift {
            return "\(Shown.decimal(Double(value) / Double(1 << shift), places: 1)) \(unit)"
        }
        return "\(value) bytes"
    }

    /// A share in percent: `12.5 %`.
    static func percent(_ share: Double, places: Int = 1) -> String {
        "\(Shown.decimal(100 * share, places: places)) %"
    }

    /// A time: `0.8 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
        if seconds < 10 { return "\(Shown.decimal(seconds, places: 1)) s" }
        let total = Int(seconds.rounded())
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) min \(total % 60) s" }
        if total < 86_400 { return "\(total / 3600) h \(total % 3600 / 60) min" }
        return "\(total / 86_400) d \(total % 86_400 / 3600) h"
    }

    /// How many in a second, with three digits or so.
    static func rate(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        return value < 100 ? Shown.decimal(value, places: 1) : count(Int(min(value, 1e15).rounded()))
    }

    /// A small number: `1.9e-04`.
    static func scientific(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        guard value != 0 else { return "0" }
        var (mantissa, exponent) = (value.magnitude, 0)
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        let digits = String(exponent.magnitude)
        return (value < 0 ? "-" : "") + Shown.decimal(mantissa, places: 2) + (exponent < 0 ? "e-" : "e+")
            + (digits.count < 2 ? "0" + digits : digits)
    }
}
