import Platform

/// The rows of a corpus gathered into units that must stay on one side of a split.
///
/// Rows with equal texts or equal groups belong together, and so do those tied to each other through a third.
struct SplitUnits {
    /// The places of each unit's rows; units are in the canonical order of their first row.
    private(set) var members: [[Int]] = []
    /// For each unit, the classes its rows have and how often, ascending by class; rows without any have the class
    /// after the last.
    private(set) var classCounts: [[(label: Int, count: Int)]] = []
    /// For each unit, a number that depends on its texts alone.
    private(set) var keys: [UInt64] = []
    /// The number of rows of each class in all, and of those without any.
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
        for place in dataset.canonicalOrder {
            if let first = firstOfText.updateValue(place, forKey: dataset.textKeys[place]) {
                sets.join(first, place)
            }
            if let group = dataset.examples[place].group,
                let first = firstOfGroup.updateValue(place, forKey: UTF8Key(group))
            {
                sets.join(first, place)
            }
        }
        var unitOfRoot: [Int: Int] = [:]
        for place in dataset.canonicalOrder {
            let root = sets.root(of: place)
            if let unit = unitOfRoot[root] {
                members[unit].append(place)
            } else {
                unitOfRoot[root] = members.count
                members.append([place])
                keys.append(dataset.textKeys[place])
            }
        }
        classCounts = members.map { places in
            var counts: [Int: Int] = [:]
            for place in places {
                let indices = dataset.examples[place].label.indices
                for index in indices.isEmpty ? [dataset.labels.count] : indices {
                    counts[index, default: 0] += 1
                }
            }
            return counts.sorted { $0.key < $1.key }.map { (label: $0.key, count: $0.value) }
        }
    }
}

/// Sets that are joined step by step (union-find with path halving).
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
