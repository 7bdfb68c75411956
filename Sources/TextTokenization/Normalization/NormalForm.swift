/// The four Unicode normal forms, with the reference library's tables.
enum NormalForm: Sendable {
    case nfc, nfd, nfkc, nfkd

    private var isCompatible: Bool { self == .nfkc || self == .nfkd }
    private var composes: Bool { self == .nfc || self == .nfkc }

    /// The normal form of a text; nil if a quick check shows that the text already has it.
    func apply(_ bytes: Bytes) -> [UInt8]? {
        guard !isClearlyNormal(bytes) else { return nil }
        var scalars = decomposed(bytes)
        if composes { compose(&scalars) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for scalar in scalars { result.append(scalar: scalar.value) }
        return result
    }

    private func isClearlyNormal(_ bytes: Bytes) -> Bool {
        guard self == .nfc else { return bytes.allSatisfy { $0 < 0x80 } }
        let classes = ScalarClasses.table
        var index = 0
        while index < bytes.count {
            // No scalar below U+0300 composes with the scalar before it or changes alone.
            if bytes[index] < 0xCC {
                index += utf8Length(first: bytes[index])
                continue
            }
            let (scalar, length) = bytes.scalar(at: index)
            if classes[scalar].contains(.composing) { return false }
            index += length
        }
        return true
    }

    private struct Scalar {
        var value: UInt32
        /// The rank of the combining class; 0 for a starter.
        var order: UInt8
    }

    private func decomposed(_ bytes: Bytes) -> [Scalar] {
        var scalars: [Scalar] = []
        scalars.reserveCapacity(bytes.count)
        var index = 0
        var runStart = 0
        func append(_ value: UInt32) {
            let isMark = ScalarClasses.table[value].contains(.mark)
            let order = isMark ? UInt8(ScalarMaps.combiningOrder[value]?.first ?? 0) : 0
            if order == 0 {
                Self.sortMarks(&scalars, from: runStart)
                runStart = scalars.count + 1
            }
            scalars.append(Scalar(value: value, order: order))
        }
        while index < bytes.count {
            let (value, length) = bytes.scalar(at: index)
            index += length
            if value < 0x80 {
                append(value)
            } else if let syllable = Hangul.decomposed(value) {
                append(syllable.leading)
                append(syllable.vowel)
                if let trailing = syllable.trailing { append(trailing) }
            } else if let parts = (isCompatible ? ScalarMaps.compatible[value] : nil)
                ?? ScalarMaps.canonical[value]
            {
                for part in parts { append(part) }
            } else {
                append(value)
            }
        }
        Self.sortMarks(&scalars, from: runStart)
        return scalars
    }

    /// Puts the marks after the last starter in canonical order; marks of equal classes keep their order.
    private static func sortMarks(_ scalars: inout [Scalar], from start: Int) {
        guard scalars.count - start > 1 else { return }
        // The standard library's sort is not documented to be stable, so the position decides.
        let run = scalars[start...].enumerated().sorted {
            ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }
        for (offset, mark) in run.enumerated() { scalars[start + offset] = mark.element }
    }

    private func compose(_ scalars: inout [Scalar]) {
        var count = 0
        var starter: Int?
        var lastOrder: UInt8 = 0
        for scalar in scalars {
            if let index = starter {
                let isAdjacent = index == count - 1
                let isOpen = scalar.order == 0 ? isAdjacent : isAdjacent || lastOrder < scalar.order
                if isOpen, let composite = Self.composite(scalars[index].value, scalar.value) {
                    scalars[index].value = composite
                    continue
                }
            }
            if scalar.order == 0 { starter = count }
            lastOrder = scalar.order
            scalars[count] = scalar
            count += 1
        }
        scalars.removeSubrange(count...)
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.composed(first, second) ?? ScalarMaps.compositions[first, second]
    }
}

/// The arithmetic of Hangul syllables.
private enum Hangul {
    private static let syllables: UInt32 = 0xAC00
    private static let leading: UInt32 = 0x1100
    private static let vowel: UInt32 = 0x1161
    private static let trailing: UInt32 = 0x11A7

    static func decomposed(_ scalar: UInt32) -> (leading: UInt32, vowel: UInt32, trailing: UInt32?)? {
        guard scalar >= syllables, scalar < syllables + 11172 else { return nil }
        let index = scalar - syllables
        let tail = index % 28
        return (leading + index / 588, vowel + index % 588 / 28, tail == 0 ? nil : trailing + tail)
    }

    static func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= leading, first < leading + 19, second >= vowel, second < vowel + 21 {
            return syllables + ((first - leading) * 21 + (second - vowel)) * 28
        }
        if first >= syllables, first < syllables + 11172, (first - syllables) % 28 == 0,
            second > trailing, second < trailing + 28
        {
            return first + (second - trailing)
        }
        return nil
    }
}
