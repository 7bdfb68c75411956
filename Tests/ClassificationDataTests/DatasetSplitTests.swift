import ClassificationData
import TestSupport
import Testing

@Suite struct DatasetSplitTests {
    private static let seeds: [UInt64] = [0, 1, 42, .max]

    @Test(arguments: seeds, [[1000, 500, 100, 15], [13, 22, 31], [50, 50], [7, 1000]])
    func `class shares are kept to the row`(_ seed: UInt64, _ counts: [Int]) throws {
        let dataset = corpus(counts)
        let split = try DatasetSplit(dataset, validationShare: 0.2, seed: seed)
        for (count, reached) in zip(counts, dataset.classCounts(of: split.validation)) {
            #expect(abs(Double(reached) - 0.2 * Double(count)) < 1)
        }
        let total = Double(counts.reduce(0, +))
        #expect(abs(Double(split.validation.count) - 0.2 * total) <= 0.5)
        #expect((split.train + split.validation).sorted() == Array(dataset.examples.indices))
        #expect(split.warnings.isEmpty)
    }

    @Test func `the split depends on seed and content and not on the order of the file`() throws {
        let dataset = corpus([60, 30])
        func texts(_ dataset: ClassifyDataset, _ seed: UInt64) throws -> [String] {
            try DatasetSplit(dataset, validationShare: 0.2, seed: seed).validation.map {
                dataset.examples[$0].text
            }
        }
        var random = SeededRandom(seed: 5)
        let shuffled = ClassifyDataset(
            examples: dataset.examples.shuffled(using: &random), labels: dataset.labels,
            problemType: .singleLabel)
        #expect(try texts(dataset, 42) == texts(dataset, 42))
        #expect(try texts(dataset, 42) == texts(shuffled, 42))
        #expect(try texts(dataset, 42) != texts(dataset, 43))
        let (one, other) = (
            try DatasetSplit(dataset, validationShare: 0.2, seed: 42),
            try DatasetSplit(shuffled, validationShare: 0.2, seed: 42)
        )
        #expect(one.fingerprint == other.fingerprint)
        #expect(one.fingerprint != (try DatasetSplit(dataset, validationShare: 0.2, seed: 43)).fingerprint)
    }

    @Test func `each row validates about as often as the share says`() throws {
        let dataset = corpus([30, 20])
        var times = [Int](repeating: 0, count: 50)
        for seed in 0..<400 {
            for index in try DatasetSplit(dataset, validationShare: 0.2, seed: UInt64(seed)).validation {
                times[index] += 1
            }
        }
        // 400 draws at 0.2: mean 80, standard deviation 8; five of them either way.
        #expect(times.allSatisfy { (40...120).contains($0) })
    }

    @Test(arguments: seeds)
    func `equal texts stay on one side whatever their labels`(_ seed: UInt64) throws {
        let examples = (0..<300).map { number in
            Example(text: "text \(number / 3)", label: .index(number % 2), line: number + 1)
        }
        let dataset = ClassifyDataset(
            examples: examples, labels: LabelMap(numbered: 2), problemType: .singleLabel)
        let split = try DatasetSplit(dataset, validationShare: 0.2, seed: seed)
        let train = Set(split.train.map { dataset.examples[$0].text })
        #expect(split.validation.allSatisfy { !train.contains(dataset.examples[$0].text) })
        #expect(split.validation.count == 60)
    }

    @Test(arguments: seeds)
    func `groups stay together and the share is met as closely as they allow`(_ seed: UInt64) throws {
        // Families of 1 to 9 rows, each of one class.
        let dataset = corpus([400, 200, 80]) { label, number in
            "family \(label) \(Int(Double(number).squareRoot() * 2))"
        }
        let split = try DatasetSplit(dataset, validationShare: 0.2, seed: seed)
        let train = Set(split.train.compactMap { dataset.examples[$0].group })
        #expect(split.validation.allSatisfy { !train.contains(dataset.examples[$0].group ?? "") })
        for (count, reached) in zip([400, 200, 80], dataset.classCounts(of: split.validation)) {
            #expect(abs(Double(reached) - 0.2 * Double(count)) <= 2)
        }
        #expect(split.warnings.isEmpty)
    }

    @Test func `rows tied through a third stay together`() throws {
        // a and b share a text, b and c a group, so a and c belong together.
        var examples = [
            Example(text: "shared", label: .index(0), group: "one"),
            Example(text: "shared", label: .index(1), group: "two"),
            Example(text: "other", label: .index(0), group: "two"),
        ]
        examples += (0..<20).map { Example(text: "free \($0)", label: .index($0 % 2)) }
        let dataset = ClassifyDataset(
            examples: examples, labels: LabelMap(numbered: 2), problemType: .singleLabel)
        for seed in 0..<20 {
            let validation = try DatasetSplit(dataset, validationShare: 0.5, seed: UInt64(seed)).validation
            #expect([0, 3].contains(validation.filter { $0 < 3 }.count))
        }
    }

    @Test func `a share that groups do not allow is reported`() throws {
        let dataset = corpus([10, 10]) { label, _ in "everything of \(label)" }
        let split = try DatasetSplit(dataset, validationShare: 0.1, seed: 1)
        #expect(split.validation.count == 10)
        #expect(split.warnings.contains(.shareMissed(wanted: 0.1, reached: 0.5)))
    }

    @Test func `the total comes before every class being there`() throws {
        // A fifth of nine rows is two, which cannot hold three classes.
        let split = try DatasetSplit(corpus([3, 3, 3]), validationShare: 0.2, seed: 1)
        #expect(split.validation.count == 2)
        guard case .missingFromValidation(let names)? = split.warnings.first else {
            Issue.record("\(split.warnings)")
            return
        }
        #expect(names.count == 1)
    }

    @Test func `a class with one example trains and is reported`() throws {
        let split = try DatasetSplit(corpus([20, 1]), validationShare: 0.2, seed: 3)
        #expect(split.warnings == [.missingFromValidation(["LABEL_1"])])
    }

    @Test func `a share of zero trains on everything`() throws {
        let split = try DatasetSplit(corpus([5, 5]), validationShare: 0, seed: 1)
        #expect(split.train.count == 10)
        #expect(split.validation.isEmpty)
        #expect(split.warnings.isEmpty)
    }

    @Test(arguments: [-0.1, 1, 2, .nan, .infinity])
    func `a share outside its range is refused`(_ share: Double) {
        #expect(throws: DatasetError.self) {
            try DatasetSplit(corpus([5, 5]), validationShare: share, seed: 1)
        }
    }

    @Test func `rows that must all stay together cannot be split`() {
        let dataset = corpus([3, 3]) { _, _ in "one family" }
        #expect {
            try DatasetSplit(dataset, validationShare: 0.2, seed: 1)
        } throws: { error in
            guard case DatasetError.unusable(_, .cannotSplit(examples: 6, units: 1)) = error else {
                return false
            }
            return true
        }
    }

    @Test func `two rows give each side one`() throws {
        let split = try DatasetSplit(corpus([1, 1]), validationShare: 0.01, seed: 1)
        #expect(split.train.count == 1)
        #expect(split.validation.count == 1)
    }

    @Test func `rows without labels are shared like a class`() throws {
        let examples = (0..<2_000).map { number in
            Example(text: "text \(number)", label: .multi(number < 20 ? [number % 2] : []))
        }
        let dataset = ClassifyDataset(
            examples: examples, labels: LabelMap(numbered: 2), problemType: .multiLabel)
        let split = try DatasetSplit(dataset, validationShare: 0.2, seed: 7)
        #expect(split.validation.count == 400)
        #expect(dataset.classCounts(of: split.validation) == [2, 2])
    }

    @Test(arguments: seeds)
    func `shares of each label are kept in multi-label corpora`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: 9)
        let frequencies = [0.5, 0.3, 0.1, 0.02]
        let examples = (0..<1_000).map { number in
            Example(
                text: "text \(number)",
                label: .multi(
                    frequencies.indices.filter { Double.random(in: 0..<1, using: &random) < frequencies[$0] })
            )
        }
        let dataset = ClassifyDataset(
            examples: examples, labels: LabelMap(numbered: 4), problemType: .multiLabel)
        let split = try DatasetSplit(dataset, validationShare: 0.2, seed: seed)
        #expect(abs(split.validation.count - 200) <= 1)
        for (count, reached) in zip(dataset.classCounts, dataset.classCounts(of: split.validation)) {
            #expect(abs(Double(reached) - 0.2 * Double(count)) <= 1.5)
        }
    }
}
