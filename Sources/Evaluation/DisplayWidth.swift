/// How many terminal columns text takes.
package enum DisplayWidth {
    /// The columns of a text; combining marks take none, East Asian wide characters and emoji two.
    package static func of(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + of($1) } }

    /// The text cut to a width, on one line and free of control characters.
    ///
    /// - Parameter mark: replaces the end of a shortened text, one column wide.
    package static func fitted(_ text: String, to width: Int, mark: String = "…") -> String {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar == "\n": clean.append("↵")
            case .control where scalar == "\t": clean.append(" ")
            case .control, .lineSeparator, .paragraphSeparator: clean.append("\u{FFFD}")
            // Directional overrides would rearrange the table.
            case .format where scalar != "\u{200D}": continue
            default: clean.append(scalar)
            }
        }
        guard of(String(clean)) > width else { return String(clean) }
        var cut = String.UnicodeScalarView()
        var used = 0
        for scalar in clean {
            guard used + of(scalar) <= width - 1 else { break }
            used += of(scalar)
            cut.append(scalar)
        }
        return String(cut) + mark
    }

    /// The text cut to a width in its middle: names of classes differ at their ends as often as at their beginnings.
    package static func fittedMiddle(_ text: String, to width: Int) -> String {
        let whole = fitted(text, to: .max)
        guard of(whole) > width else { return whole }
        var tail = String.UnicodeScalarView()
        var used = 0
        for scalar in whole.unicodeScalars.reversed() {
            guard used + of(scalar) <= (width - 1) / 2 else { break }
            used += of(scalar)
            tail.append(scalar)
        }
        return fitted(whole, to: width - used) + String(String.UnicodeScalarView(tail.reversed()))
    }

    /// The text followed by spaces up to a width.
    package static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - of(text)))
    }

    /// Spaces up to a width, then the text.
    package static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - of(text))) + text
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
