import Diagnostics
import Platform

/// Maps the labels of a file to class indices.
///
/// - A string is a name; names found in a corpus are sorted by `LabelMap.init(sorting:)`.
/// - An integer is a class number from 0, and such classes are called `LABEL_0`, …, up to the highest that occurs.
/// - A file must use one of the two. With given or known classes it may mix them, and a string of digits that is not
///   a name is a class number.
/// - CSV has no types: its labels are numbers when they are exactly 0…K-1 without gaps, and names otherwise.
/// - `LabelFields` says how many labels a field has.
struct LabelResolver {
    private let rows: RowCollector
    private let known: LabelMap?
    private let isMultiLabel: Bool
    private let keepsUnknown: Bool
    private let fields: LabelFields

    /// The results for rows with valid labels.
    struct Outcome {
        var examples: [Example] = []
        var labels = LabelMap(numbered: 0)
        var problemType: ProblemType
        var badLines = BadLineList()
        /// The problem of the labels as a whole.
        var problem: CorpusProblem?
        var warnings: [DataWarning] = []
        /// Whether numbers below the highest are missing.
        var hasGaps = false
    }

    init(rows: RowCollector, options: DatasetOptions, known: LabelMap?) {
        var rows = rows
        fields = LabelFields(&rows, options: options, known: known)
        isMultiLabel = fields.isMultiLabel
        keepsUnknown = options.keepsUnknownLabels
        self.rows = rows
        self.known = known
    }

    func resolve() -> Outcome {
        var outcome = Outcome(problemType: isMultiLabel ? .multiLabel : .singleLabel)
        outcome.warnings = fields.warning.map { [$0] } ?? []
        let kind = known == nil ? firstKind : nil
        if let known {
            outcome.labels = keepsUnknown ? extended(known, &outcome.warnings) : known
        } else {
            switch foundLabels(kind) {
            case .success(let labels):
                outcome.labels = labels.map
                if let warning = labels.warning {
                    outcome.warnings.append(warning)
                    outcome.hasGaps = true
                }
            case .failure(let failure): outcome.problem = failure.problem
            }
        }
        outcome.examples.reserveCapacity(rows.rows.count)
        var unknown = UnknownLabels()
        let indices = rows.spellings.map { Self.index(ofName: $0, in: outcome.labels) }
        for row in rows.rows {
            do throws(LineRejection) {
                var label: [Int] = []
                for tag in try fields.tags(of: row) {
                    if let kind { try check(tag, against: kind) }
                    if outcome.problem == nil {
                        label.append(try index(of: tag, in: outcome.labels, indices))
                    }
                }
                guard outcome.problem == nil else { continue }
                let value = try value(label, in: outcome.labels)
                outcome.examples.append(
                    Example(text: row.text, label: value, group: row.group, line: row.line))
            } catch {
                if case .unknownLabel(let name, _) = error.problem {
                    unknown.add(name, line: row.line)
                } else {
                    outcome.badLines.add(line: row.line, error.problem)
                }
            }
        }
        if let (line, problem) = unknown.problem(known: outcome.labels.names) {
            var badLines = BadLineList()
            badLines.add(line: line, problem)
            outcome.badLines = outcome.badLines.merged(with: badLines)
        }
        return outcome
    }

    /// The known classes, followed by the file's other labels in their order.
    private func extended(_ known: LabelMap, _ warnings: inout [DataWarning]) -> LabelMap {
        var counts: [UTF8Key: Int] = [:]
        var rowCount = 0
        for row in rows.rows {
            var names: Set<UTF8Key> = []
            for tag in tags(of: row) {
                switch tag {
                case .name(let spelling):
                    let name = rows.spellings[spelling]
                    if !name.isEmpty, Self.index(ofName: name, in: known) == nil {
                        names.insert(UTF8Key(name))
                    }
                case .number(let number):
                    let name = String(number)
                    if number >= known.count, known.id(of: name) == nil { names.insert(UTF8Key(name)) }
                }
            }
            for name in names { counts[name, default: 0] += 1 }
            if !names.isEmpty { rowCount += 1 }
        }
        let others = LabelMap(sorting: counts.keys.map(\.text)).names
        guard !others.isEmpty, let labels = LabelMap(names: known.names + others) else { return known }
        warnings.append(
            .unknownLabels(
                names: others, counts: others.map { counts[UTF8Key($0)] ?? 0 }, rows: rowCount,
                of: rows.rows.count))
        return labels
    }

    /// The labels of a row; none of one that is refused.
    private func tags(of row: RawRow) -> [RawRow.Tag] { (try? fields.tags(of: row)) ?? [] }

    private func value(_ indices: [Int], in labels: LabelMap) throws(LineRejection) -> LabelValue {
        guard isMultiLabel else { return .index(indices[0]) }
        let sorted = indices.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) where left == right {
            throw LineRejection(.repeatedLabel(labels[left]))
        }
        return .multi(sorted)
    }
}

// MARK: - Numbers or names

extension LabelResolver {
    /// The kind of labels in a file, by its first label; nil for CSV and for files without labels.
    private struct Kind {
        let isNumber: Bool
        let line: Int
    }

    private var firstKind: Kind? {
        guard rows.labelColumn == nil else { return nil }
        for row in rows.rows {
            guard let tag = tags(of: row).first else { continue }
            if case .number = tag { return Kind(isNumber: true, line: row.line) }
            return Kind(isNumber: false, line: row.line)
        }
        return nil
    }

    private func check(_ tag: RawRow.Tag, against kind: Kind) throws(LineRejection) {
        let isNumber = if case .number = tag { true } else { false }
        guard isNumber != kind.isNumber else { return }
        let words = (number: "a number", name: "a string")
        throw LineRejection(
            .mixedLabelKinds(
                found: isNumber ? words.number : words.name, first: kind.isNumber ? words.number : words.name,
                firstLine: kind.line))
    }

    private struct Failure: Error { let problem: CorpusProblem }

    /// The classes that a file has, and what to say about them.
    private struct Found {
        let map: LabelMap
        var warning: DataWarning?
    }

    private func foundLabels(_ kind: Kind?) -> Result<Found, Failure> {
        var numbers: Set<Int> = []
        var isUsed = [Bool](repeating: false, count: rows.spellings.count)
        for row in rows.rows {
            for tag in tags(of: row) {
                switch tag {
                case .number(let number): numbers.insert(number)
                case .name(let spelling): isUsed[spelling] = !rows.spellings[spelling].isEmpty
                }
            }
        }
        if kind?.isNumber == true { return numbered(numbers) }
        let names = zip(rows.spellings, isUsed).filter(\.1).map(\.0)
        guard names.count <= LabelMap.maximumCount else {
            return .failure(Failure(problem: .tooManyClasses(names.count)))
        }
        if rows.labelColumn != nil, Set(names.compactMap(LabelMap.number)) == Set(names.indices) {
            return .success(Found(map: LabelMap(numbered: names.count)))
        }
        return .success(Found(map: LabelMap(sorting: names)))
    }

    /// More numbers than this are indices only in a corpus of as many rows; in others they are codes.
    private static let smallestClassLimit = 1_000

    private func numbered(_ numbers: Set<Int>) -> Result<Found, Failure> {
        let highest = numbers.max() ?? -1
        guard numbers.count <= LabelMap.maximumCount else {
            return .failure(Failure(problem: .tooManyClasses(numbers.count)))
        }
        guard highest != numbers.count - 1 else {
            return .success(Found(map: LabelMap(numbered: numbers.count)))
        }
        let missing = Array((0...highest).lazy.filter { !numbers.contains($0) }.prefix(11))
        let limit = min(LabelMap.maximumCount, max(Self.smallestClassLimit, rows.rows.count))
        guard highest < limit else {
            return .failure(Failure(problem: .missingNumbers(missing: missing, highest: highest)))
        }
        return .success(
            Found(
                map: LabelMap(numbered: highest + 1),
                warning: .missingNumbers(
                    missing: missing, count: highest + 1 - numbers.count, highest: highest)))
    }

    // MARK: - Indices

    private static func index(ofName name: String, in labels: LabelMap) -> Int? {
        if let index = labels.id(of: name) { return index }
        guard let number = LabelMap.number(name), number < labels.count else { return nil }
        return number
    }

    private func index(
        of tag: RawRow.Tag, in labels: LabelMap, _ indexOfSpelling: [Int?]
    ) throws(LineRejection) -> Int {
        switch tag {
        case .name(let spelling):
            if let index = indexOfSpelling[spelling] { return index }
            let name = rows.spellings[spelling]
            guard !name.isEmpty else { throw LineRejection(.emptyLabel) }
            if let number = LabelMap.number(name) {
                throw LineRejection(.labelOutOfRange(number, classCount: labels.count))
            }
            throw LineRejection(.unknownLabel(name, known: labels.names))
        case .number(let number):
            if let known, number >= known.count, let other = labels.id(of: String(number)),
                other >= known.count
            {
                return other
            }
            if let named = labels.id(of: String(number)), named != number {
                throw LineRejection(.ambiguousNumber(number, nameIndex: named))
            }
            guard number < labels.count else {
                throw LineRejection(.labelOutOfRange(number, classCount: labels.count))
            }
            return number
        }
    }
}

/// Labels that are refused, summed up: a file with other labels has many rows of each.
private struct UnknownLabels {
    private var names: [String] = []
    private var counts: [UTF8Key: Int] = [:]
    private var firstLine = 0

    mutating func add(_ name: String, line: Int) {
        if names.isEmpty { firstLine = line }
        if counts[UTF8Key(name)] == nil { names.append(name) }
        counts[UTF8Key(name), default: 0] += 1
    }

    /// The problem of all of them, with the first line that has it; nil without any.
    func problem(known: [String]) -> (line: Int, problem: LineProblem)? {
        guard let first = names.first else { return nil }
        let counts = names.map { self.counts[UTF8Key($0)] ?? 0 }
        guard counts != [1] else { return (firstLine, .unknownLabel(first, known: known)) }
        return (firstLine, .unknownLabels(names: names, counts: counts, known: known))
    }
}
