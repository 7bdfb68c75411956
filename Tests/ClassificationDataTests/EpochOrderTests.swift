import ClassificationData
import Testing

@Suite struct EpochOrderTests {
    private func order(
        _ counts: [Int], seed: UInt64 = 42, oversample: Bool = false
    ) throws -> (order: EpochOrder, split: DatasetSplit, dataset: ClassifyDataset) {
        let dataset = corpus(counts)
        let split = try DatasetSplit(dataset, validationShare: 0.2, seed: seed)
        return (try EpochOrder(split, of: dataset, seed: seed, oversample: oversample), split, dataset)
    }

    @Test func `every epoch visits each training example once in an order of its own`() throws {
        let (order, split, _) = try order([50, 30])
        #expect(order.count == split.train.count)
        for epoch in 0..<5 { #expect(order.indices(inEpoch: epoch).sorted() == split.train.sorted()) }
        #expect(Set((0..<5).map { order.indices(inEpoch: $0) }).count == 5)
    }

    @Test func `an epoch's order depends on seed and epoch alone`() throws {
        let (first, _, _) = try order([50, 30])
        let (again, _, _) = try order([50, 30])
        _ = again.indices(inEpoch: 1)
        #expect(first.indices(inEpoch: 3) == again.indices(inEpoch: 3))
        let (other, _, _) = try order([50, 30], seed: 43)
        #expect(first.indices(inEpoch: 3) != other.indices(inEpoch: 3))
    }

    @Test func `every rank is reached from every index`() throws {
        let (order, split, _) = try order([6, 4])
        var seen = Set<[Int]>()
        for epoch in 0..<2_000 {
            for (rank, index) in order.indices(inEpoch: epoch).enumerated() { seen.insert([rank, index]) }
        }
        #expect(seen.count == split.train.count * split.train.count)
    }

    @Test func `oversampling evens out the classes`() throws {
        let (order, split, dataset) = try order([100, 37, 5], oversample: true)
        let visited = order.indices(inEpoch: 0)
        #expect(visited.count == order.count)
        let largest = dataset.classCounts(of: split.train).max() ?? 0
        #expect(dataset.classCounts(of: visited) == [largest, largest, largest])
        // Equally often, give or take one, and only what trains.
        let times = Dictionary(visited.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(Set(times.keys) == Set(split.train))
        for label in 0..<3 {
            let own = times.filter { dataset.examples[$0.key].label == .index(label) }.values
            #expect((own.max() ?? 0) - (own.min() ?? 0) <= 1)
        }
        #expect(order.indices(inEpoch: 0) == visited)
        #expect(order.indices(inEpoch: 1) != visited)
    }

    @Test func `oversampling skips classes without training examples`() throws {
        let dataset = ClassifyDataset(
            examples: [
                Example(text: "a", label: .index(0)), Example(text: "b", label: .index(0)),
                Example(text: "c", label: .index(2)),
            ], labels: LabelMap(numbered: 3), problemType: .singleLabel)
        let split = try DatasetSplit(dataset, validationShare: 0, seed: 1)
        let order = try EpochOrder(split, of: dataset, seed: 1, oversample: true)
        #expect(dataset.classCounts(of: order.indices(inEpoch: 0)) == [2, 0, 2])
    }

    @Test func `oversampling a multi-label corpus is refused`() throws {
        let dataset = ClassifyDataset(
            examples: [Example(text: "a", label: .multi([0])), Example(text: "b", label: .multi([1]))],
            labels: LabelMap(numbered: 2), problemType: .multiLabel)
        let split = try DatasetSplit(dataset, validationShare: 0, seed: 1)
        #expect(throws: DatasetError.self) { try EpochOrder(split, of: dataset, seed: 1, oversample: true) }
    }
}
