import Platform

/// Words as scikit-learn's `TfidfVectorizer()` finds them: Python's `str.lower()`, then `\b\w\w+\b`.
enum WordFinder {
    /// Passes the words of a text on, in order.
    static func forEachWord(of text: String, _ body: (UTF8Key) -> Void) {
        var word = String.UnicodeScalarView()
        var length = 0
        func end() {
            // One character is no word: the pattern asks for two.
            if length > 1 { body(UTF8Key(String(word))) }
            if length > 0 {
                word = String.UnicodeScalarView()
                length = 0
            }
        }
        forEachLowercased(text) { scalar in
            guard isWord(scalar) else { return end() }
            word.append(scalar)
            length += 1
        }
        end()
    }

    /// Whether Python's `\w` matches: letters, whatever has a numeric value, and `_`. Marks are none of these, unlike
    /// in Unicode's own definition of a word, so vowel signs split words of the Indic scripts there and here.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        case "\0"..."\u{7F}": false
        default:
            switch scalar.properties.generalCategory {
            case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                .decimalNumber:
                true
            case .letterNumber, .otherNumber: scalar.properties.numericType != nil
            default: false
            }
        }
    }

    /// Passes the scalars of Python's `str.lower()` on.
    private static func forEachLowercased(_ text: String, _ body: (Unicode.Scalar) -> Void) {
        let scalars = text.unicodeScalars
        for index in scalars.indices {
            let scalar = scalars[index]
            switch scalar {
            case "A"..."Z": body(Unicode.Scalar(UInt8(scalar.value) + 32))
            // No character from the CJK radicals to the Yi syllables has a case, and looking it up takes time.
            case "\0"..."\u{7F}", "\u{2E80}"..."\u{A4CF}": body(scalar)
            case "\u{3A3}": body(isFinal(index, in: scalars) ? "\u{3C2}" : "\u{3C3}")
            default: scalar.properties.lowercaseMapping.unicodeScalars.forEach(body)
            }
        }
    }

    /// Whether a capital sigma ends a word, where its small letter is another.
    private static func isFinal(
        _ index: String.UnicodeScalarView.Index, in scalars: String.UnicodeScalarView
    ) -> Bool {
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[scalars.index(after: index)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }
}
