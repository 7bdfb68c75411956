/// A parsed regular expression.
indirect enum PatternNode: Sendable {
    case set(ScalarSet)
    case start
    case end
    case sequence([PatternNode])
    case choice([PatternNode])
    case repeated(PatternNode, Int, Int?)
}

/// A set of characters: ranges, perhaps all but them.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isInverted
    }

    static let newline = ScalarSet(ranges: [10...10])
    static let any = ScalarSet(ranges: [10...10], isInverted: true)

    /// The set that a letter after a backslash means.
    static func escape(_ letter: Unicode.Scalar) -> ScalarSet? {
        let digits: [ClosedRange<UInt32>] = [48...57]
        let word = digits + [65...90, 95...95, 97...122]
        let space: [ClosedRange<UInt32>] = [9...13, 32...32]
        switch letter {
        case "d": return ScalarSet(ranges: digits)
        case "D": return ScalarSet(ranges: digits, isInverted: true)
        case "w": return ScalarSet(ranges: word)
        case "W": return ScalarSet(ranges: word, isInverted: true)
        case "s": return ScalarSet(ranges: space)
        case "S": return ScalarSet(ranges: space, isInverted: true)
        default: return nil
        }
    }
}

/// Why a pattern cannot be compiled.
struct PatternFailure: Error {
    let feature: String
}

/// Parses the supported part of Python's regular expressions.
struct PatternParser {
    private static let lengthLimit = 4096
    private static let depthLimit = 64

    private let scalars: [Unicode.Scalar]
    private var cursor = 0
    private var depth = 0

    private init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    static func parse(_ pattern: String) throws(PatternFailure) -> PatternNode {
        guard pattern.utf8.count <= lengthLimit else { throw PatternFailure(feature: "more than 4096 bytes") }
        var parser = PatternParser(pattern)
        let node = try parser.choice()
        guard parser.peek == nil else { throw PatternFailure(feature: "an unbalanced ')'") }
        return node
    }

    private var peek: Unicode.Scalar? { cursor < scalars.count ? scalars[cursor] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        cursor += 1
        return true
    }

    private mutating func next(_ what: String) throws(PatternFailure) -> Unicode.Scalar {
        guard let scalar = peek else { throw PatternFailure(feature: "an unfinished \(what)") }
        cursor += 1
        return scalar
    }

    private mutating func choice() throws(PatternFailure) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw PatternFailure(feature: "deeply nested groups") }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternFailure) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" { nodes.append(try quantified()) }
        return .sequence(nodes)
    }

    private mutating func quantified() throws(PatternFailure) -> PatternNode {
        let atom = try atom()
        guard let (minimum, maximum) = try quantifier() else { return atom }
        // Laziness changes what a group captures, not whether the whole matches.
        _ = take("?")
        if let scalar = peek, ["*", "+", "?"].contains(scalar) {
            throw PatternFailure(feature: "a possessive or repeated quantifier")
        }
        return .repeated(atom, minimum, maximum)
    }

    private mutating func quantifier() throws(PatternFailure) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = cursor
        guard take("{") else { return nil }
        let minimum = number()
        let isRange = take(",")
        let maximum = isRange ? number() : minimum
        guard take("}"), minimum != nil || isRange && maximum != nil else {
            // As in Python, a brace that begins no quantifier stands for itself.
            cursor = start
            return nil
        }
        let low = minimum ?? 0
        guard maximum.map({ $0 >= low }) ?? true else {
            throw PatternFailure(feature: "an empty range of repetitions")
        }
        return (low, maximum)
    }

    private mutating func number() -> Int? {
        let start = cursor
        while let scalar = peek, ("0"..."9").contains(scalar), cursor - start < 6 { cursor += 1 }
        return Int(String(String.UnicodeScalarView(scalars[start..<cursor])))
    }

    private mutating func atom() throws(PatternFailure) -> PatternNode {
        let scalar = try next("pattern")
        switch scalar {
        case ".": return .set(.any)
        case "^": return .start
        case "$": return .end
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "\\": return .set(try escape())
        case "*", "+", "?": throw PatternFailure(feature: "a quantifier with nothing to repeat")
        default: return .set(ScalarSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func group() throws(PatternFailure) -> PatternNode {
        if take("?") {
            if take("P") {
                guard take("<") else { throw PatternFailure(feature: "a back reference") }
                while try next("group name") != ">" {}
            } else if !take(":") {
                throw PatternFailure(feature: "look-around, a comment or inline flags")
            }
        }
        let node = try choice()
        guard take(")") else { throw PatternFailure(feature: "an unbalanced '('") }
        return node
    }

    private mutating func escape() throws(PatternFailure) -> ScalarSet {
        let scalar = try next("escape")
        if let set = ScalarSet.escape(scalar) { return set }
        if scalar == "n" { return .newline }
        guard !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
            throw PatternFailure(feature: "\\\(scalar)")
        }
        return ScalarSet(ranges: [scalar.value...scalar.value])
    }

    private mutating func characterClass() throws(PatternFailure) -> ScalarSet {
        var set = ScalarSet()
        set.isInverted = take("^")
        var isFirst = true
        while true {
            let scalar = try next("character class")
            if scalar == "]", !isFirst { return set }
            isFirst = false
            var low = scalar.value
            if scalar == "\\" {
                let escaped = try escape()
                guard !escaped.isInverted else { throw PatternFailure(feature: "an inverted set in a class") }
                guard escaped.ranges.count == 1, escaped.ranges[0].count == 1 else {
                    set.ranges += escaped.ranges
                    continue
                }
                low = escaped.ranges[0].lowerBound
            }
            var high = low
            if peek == "-", cursor + 1 < scalars.count, scalars[cursor + 1] != "]" {
                cursor += 1
                let end = try next("character class")
                guard end != "\\", end.value >= low else { throw PatternFailure(feature: "an invalid range") }
                high = end.value
            }
            set.ranges.append(low...high)
        }
    }
}
