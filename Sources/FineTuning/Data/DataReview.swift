import Platform

/// Looks for what an owner of a corpus should know about it.
enum DataReview {
    private static let shown = 20

    static func warnings(
        examples: [Example], labels: LabelMap, textKeys: [UInt64], order: [Int]
    ) -> [DataWarning] {
        repeatedTexts(examples: examples, textKeys: textKeys, order: order)
            + unusualTexts(examples)
            + unusualLabels(examples: examples, labels: labels)
    }

    /// Equal texts stand side by side in the canonical order.
    private static func repeatedTexts(
        examples: [Example], textKeys: [UInt64], order: [Int]
    ) -> [DataWarning] {
        var repeated: [Int] = []
        var contradictions: [[Int]] = []
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, textKeys[order[end]] == textKeys[order[start]] { end += 1 }
            if end - start > 1 {
                let places = order[start..<end].sorted()
                repeated += places.dropFirst().map { examples[$0].line }
                if places.contains(where: { examples[$0].label != examples[places[0]].label }) {
                    contradictions.append(places.map { examples[$0].line })
                }
            }
            start = end
        }
        var warnings: [DataWarning] = []
        if !contradictions.isEmpty {
            contradictions.sort { $0[0] < $1[0] }
            warnings.append(
                .contradictoryLabels(lines: Array(contradictions.prefix(shown)), count: contradictions.count))
        }
        if !repeated.isEmpty {
            repeated.sort()
            warnings.append(.duplicateTexts(lines: Array(repeated.prefix(shown)), count: repeated.count))
        }
        return warnings
    }

    private static func unusualTexts(_ examples: [Example]) -> [DataWarning] {
        var warnings: [DataWarning] = []
        let empty = examples.filter(\.text.isEmpty)
        if !empty.isEmpty {
            warnings.append(.emptyTexts(lines: empty.prefix(shown).map(\.line), count: empty.count))
        }
        let withNUL = examples.filter { $0.text.utf8.contains(0) }
        if !withNUL.isEmpty {
            warnings.append(.nulCharacters(lines: withNUL.prefix(shown).map(\.line), count: withNUL.count))
        }
        return warnings
    }

    private static func unusualLabels(examples: [Example], labels: LabelMap) -> [DataWarning] {
        var present = [Bool](repeating: false, count: labels.count)
        for example in examples { for index in example.label.indices { present[index] = true } }
        var warnings: [DataWarning] = []
        let absent = present.indices.filter { !present[$0] }.map { labels[$0] }
        if !absent.isEmpty { warnings.append(.classesWithoutExamples(absent)) }

        // Keyed by `String`, whose equality is canonical equivalence: exactly the look-alikes wanted here.
        var lookAlikes: [String: [String]] = [:]
        for name in labels.names { lookAlikes[folded(name), default: []].append(name) }
        for name in labels.names {
            guard let group = lookAlikes[folded(name)], group.count > 1, UTF8Key(group[0]) == UTF8Key(name)
            else {
                continue
            }
            warnings.append(.similarLabels(group))
        }
        return warnings
    }

    private static func folded(_ name: String) -> String {
        let scalars = name.lowercased().unicodeScalars.drop { $0.properties.isWhitespace }
        var trimmed = String.UnicodeScalarView(scalars)
        while let last = trimmed.last, last.properties.isWhitespace { trimmed.removeLast() }
        return String(trimmed)
    }
}
