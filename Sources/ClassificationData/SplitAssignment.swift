import Platform
import TensorCore

/// Chooses the units that validate.
///
/// The cost of a choice is, summed over classes, (v - s·n)² / n for v of a class's n rows at share s, plus four times
/// the same term over all rows, so that classes come out within a row and the total is right too. Units are added in
/// a random order while each brings the classes closer to their shares; for single rows this is stratified sampling.
/// Then the unit whose move to the other side lowers the cost most is moved, repeatedly; if there are few units,
/// pairs are swapped as well. If units have several rows, several random orders are tried and the cheapest result is
/// used.
struct SplitAssignment {
    private let units: SplitUnits
    private let share: Double
    private var chosen: [Bool]
    private var validating: [Int]
    private var validatingRows = 0

    /// For each unit, whether it validates.
    static func best(units: SplitUnits, share: Double, seed: UInt64) -> [Bool] {
        let hasLargeUnits = units.count < units.rowCount
        let starts = !hasLargeUnits ? 1 : units.count <= 2_000 ? 16 : 2
        var best: (cost: Double, chosen: [Bool])?
        for start in 0..<starts {
            let random = CounterRandom(seed: seed, stream: "split \(start)")
            let ranks = units.keys.map { random.uint64(at: $0) }
            let order = (0..<units.count).sorted { (ranks[$0], $0) < (ranks[$1], $1) }
            var assignment = SplitAssignment(units: units, share: share)
            assignment.fill(in: order)
            assignment.improve(in: order)
            let cost = assignment.totalCost
            if best == nil || cost < best?.cost ?? .infinity { best = (cost, assignment.chosen) }
        }
        return best?.chosen ?? []
    }

    private init(units: SplitUnits, share: Double) {
        self.units = units
        self.share = share
        chosen = [Bool](repeating: false, count: units.count)
        validating = [Int](repeating: 0, count: units.totals.count)
    }

    private mutating func fill(in order: [Int]) {
        for unit in order where classChange(unit) < 0 { flip(unit) }
    }

    private mutating func improve(in order: [Int]) {
        // Differences below this are rounding. Each accepted change lowers the cost by more, so the loop ends.
        let least = -1e-9
        // One round visits every unit; a large corpus needs about as many rounds as it has classes.
        var rounds = max(20, 50_000_000 / max(order.count, 1))
        while rounds > 0 {
            var best = (change: least, unit: -1)
            for unit in order {
                let change = flipChange(unit)
                if change < best.change { best = (change, unit) }
            }
            rounds -= 1
            if best.unit >= 0 {
                flip(best.unit)
            } else if units.count > 300 || !swapPairs(in: order, least: least) {
                return
            }
        }
    }

    private mutating func swapPairs(in order: [Int], least: Double) -> Bool {
        var changed = false
        for (rank, first) in order.enumerated() {
            for second in order[(rank + 1)...] where chosen[first] != chosen[second] {
                let change = flipChange(first)
                flip(first)
                if change + flipChange(second) < least {
                    flip(second)
                    changed = true
                } else {
                    flip(first)
                }
            }
        }
        return changed
    }

    private mutating func flip(_ unit: Int) {
        let sign = chosen[unit] ? -1 : 1
        chosen[unit].toggle()
        validatingRows += sign * units.members[unit].count
        for (label, count) in units.classCounts[unit] { validating[label] += sign * count }
    }

    /// How much the cost rises when a unit changes sides.
    private func flipChange(_ unit: Int) -> Double {
        let sign = chosen[unit] ? -1 : 1
        return rowCost(validatingRows + sign * units.members[unit].count) - rowCost(validatingRows)
            + classChange(unit)
    }

    /// The part of the change that comes from the classes.
    private func classChange(_ unit: Int) -> Double {
        let sign = chosen[unit] ? -1 : 1
        var change = 0.0
        for (label, count) in units.classCounts[unit] {
            change += classCost(label, validating[label] + sign * count) - classCost(label, validating[label])
        }
        return change
    }

    private var totalCost: Double {
        validating.indices.reduce(rowCost(validatingRows)) { $0 + classCost($1, validating[$1]) }
    }

    private func classCost(_ label: Int, _ count: Int) -> Double {
        let total = units.totals[label]
        guard total > 0 else { return 0 }
        // A class without training rows is worse than any missed share.
        return Self.miss(count, of: total, share: share) + (count == total ? 1e6 : 0)
    }

    private func rowCost(_ count: Int) -> Double {
        4 * Self.miss(count, of: units.rowCount, share: share)
            + (count == 0 || count == units.rowCount ? 1e9 : 0)
    }

    private static func miss(_ count: Int, of total: Int, share: Double) -> Double {
        let difference = Double(count) - share * Double(total)
        return difference * difference / Double(total)
    }
}

/// The rows of a corpus gathered into units that must stay on one side of a split.
///
/// Rows with equal texts or equal groups belong together, also indirectly through other rows.
struct SplitUnits {
    /// The indices of each unit's rows; units are in the canonical order of their first row.
    private(set) var members: [[Int]] = []
    /// For each unit, the classes its rows have and how often, ascending by class; rows without any have the class
    /// after the last.
    private(set) var classCounts: [[(label: Int, count: Int)]] = []
    /// For each unit, a number that depends only on its texts.
    private(set) var keys: [UInt64] = []
    /// The number of rows of each class, and of rows without any.
    let totals: [Int]
    /// The number of rows.
    let rowCount: Int

    var count: Int { members.count }

    init(_ dataset: ClassifyDataset) {
        rowCount = dataset.examples.count
        totals = dataset.classCounts + [dataset.examples.count { $0.label.indices.isEmpty }]
        var sets = DisjointSets(count: rowCount)
        var firstOfText: [UInt64: Int] = [:]
        var firstOfGroup: [UTF8Key: Int] = [:]
        firstOfText.reserveCapacity(rowCount)
        for row in dataset.canonicalOrder {
            if let first = firstOfText.updateValue(row, forKey: dataset.textKeys[row]) {
                sets.join(first, row)
            }
            if let group = dataset.examples[row].group,
                let first = firstOfGroup.updateValue(row, forKey: UTF8Key(group))
            {
                sets.join(first, row)
            }
        }
        var unitOfRoot: [Int: Int] = [:]
        for row in dataset.canonicalOrder {
            let root = sets.root(of: row)
            if let unit = unitOfRoot[root] {
                members[unit].append(row)
            } else {
                unitOfRoot[root] = members.count
                members.append([row])
                keys.append(dataset.textKeys[row])
            }
        }
        classCounts = members.map { rows in
            var counts: [Int: Int] = [:]
            for row in rows {
                let labels = dataset.examples[row].label.indices
                for label in labels.isEmpty ? [dataset.labels.count] : labels {
                    counts[label, default: 0] += 1
                }
            }
            return counts.sorted { $0.key < $1.key }.map { (label: $0.key, count: $0.value) }
        }
    }
}

/// Disjoint sets (union-find with path halving).
private struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of element: Int) -> Int {
        var element = element
        while parents[element] != element {
            parents[element] = parents[parents[element]]
            element = parents[element]
        }
        return element
    }

    mutating func join(_ left: Int, _ right: Int) {
        let (leftRoot, rightRoot) = (root(of: left), root(of: right))
        if leftRoot != rightRoot { parents[max(leftRoot, rightRoot)] = min(leftRoot, rightRoot) }
    }
}
