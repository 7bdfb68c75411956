/// Numbers as people read them.
package enum NumberFormat {
    /// A number with a fixed count of decimals, halves away from zero.
    package static func fixed(_ value: Double, decimals: Int = 4) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let units = Int(scaled)
        let fraction = String(units % Int(scale))
        let sign = value < 0 && units > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(units)" }
        return "\(sign)\(units / Int(scale))."
            + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    /// A number with a fixed count of decimals, or a dash when there is none.
    package static func fixed(_ value: Double?, decimals: Int = 4) -> String {
        if let value { fixed(value, decimals: decimals) } else { "-" }
    }

    /// Up to four significant digits without trailing zeros: `0.4312`, `12.5`, `3000`, `2e-5`.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let size = value.magnitude
        if size == 0 { return "0" }
        if size < 1e-3 || size >= 1e7 {
            let (mantissa, exponent) = scientificParts(of: value)
            return "\(value < 0 ? "-" : "")\(trimmed(fixed(mantissa, decimals: 2)))e\(exponent)"
        }
        if size >= 10_000 { return spacedCount(Int(value.rounded())) }
        let decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4
        return trimmed(fixed(value, decimals: decimals))
    }

    /// A round value beside an axis, where there is little room: `0.5`, `200`, `20k`, `1.5M`.
    package static func tick(_ value: Double) -> String {
        let size = value.magnitude
        if size >= 1e6, size < 1e10 { return short(value / 1e6) + "M" }
        return size >= 1e4 && size < 1e6 ? short(value / 1e3) + "k" : short(value)
    }

    /// A small number: `1.9e-04`.
    package static func scientific(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        guard value != 0 else { return "0" }
        let (mantissa, exponent) = scientificParts(of: value)
        let digits = String(exponent.magnitude)
        return (value < 0 ? "-" : "") + fixed(mantissa, decimals: 2) + (exponent < 0 ? "e-" : "e+")
            + (digits.count < 2 ? "0" + digits : digits)
    }

    /// A share in percent: `12.5 %`.
    package static func percent(_ share: Double, decimals: Int = 1) -> String {
        share.isFinite ? "\(fixed(100 * share, decimals: decimals)) %" : "-"
    }

    private static func scientificParts(of value: Double) -> (mantissa: Double, exponent: Int) {
        var (mantissa, exponent) = (value.magnitude, 0)
        while mantissa >= 9.995 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        return (mantissa, exponent)
    }

    /// The text of a decimal number without the zeros that end its fraction.
    package static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

/// Counts, sizes and times.
extension NumberFormat {
    /// An integer in groups of three: `1,234,567`.
    package static func count(_ value: Int, separator: String = ",") -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += separator }
            text.append(digit)
        }
        return text
    }

    /// An integer in groups of three, separated by narrow no-break spaces as a page shows it.
    package static func spacedCount(_ value: Int) -> String { count(value, separator: "\u{202F}") }

    /// A number and its noun: `1 step`, `3 steps`.
    package static func counted(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// A number of parameters: `494.0 M`.
    package static func parameters(_ value: Int) -> String {
        for (factor, unit) in [(1e9, "B"), (1e6, "M"), (1e3, "K")] where Double(value) >= factor {
            return "\(fixed(Double(value) / factor, decimals: factor == 1e9 ? 2 : 1)) \(unit)"
        }
        return String(value)
    }

    /// A number of bytes: `1.2 GiB`.
    package static func bytes(_ value: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where value >= 1 << shift {
            return "\(fixed(Double(value) / Double(1 << shift), decimals: 1)) \(unit)"
        }
        return "\(value) bytes"
    }

    /// Used memory, in two units only: `1.25 GiB`, `640 MiB`.
    package static func memory(_ bytes: Int) -> String {
        bytes >= 1 << 30
            ? "\(fixed(Double(bytes) / Double(1 << 30), decimals: 2)) GiB"
            : "\(fixed(Double(bytes) / Double(1 << 20), decimals: 0)) MiB"
    }

    /// A time: `0.8 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `1 d 3 h`.
    ///
    /// - Parameter hasDays: False counts the hours beyond 24 instead.
    package static func duration(_ seconds: Double, hasDays: Bool = true) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
        if seconds < 10 { return "\(fixed(seconds, decimals: 1)) s" }
        let total = Int(seconds.rounded())
        if total < 60 { return "\(total) s" }
        if total < 3600 { return "\(total / 60) min \(total % 60) s" }
        if total < 86_400 || !hasDays { return "\(total / 3600) h \(total % 3600 / 60) min" }
        return "\(total / 86_400) d \(total % 86_400 / 3600) h"
    }

    /// How many in a second, with three digits or so; a dash where nothing was measured.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite, value > 0 else { return "-" }
        if value < 1 { return short(value) }
        return value < 100 ? fixed(value, decimals: 1) : count(Int(min(value, 1e15).rounded()))
    }
}
