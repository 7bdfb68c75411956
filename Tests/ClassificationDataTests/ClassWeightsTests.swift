import ClassificationData
import TestSupport
import Testing

@Suite struct ClassWeightsTests {
    private let labels = LabelMap(numbered: 3)

    private func close(_ values: [Double]?, _ expected: [Double]) -> Bool {
        guard let values, values.count == expected.count else { return false }
        return zip(values, expected).allSatisfy { abs($0 - $1) < 1e-14 }
    }

    // N / (K n), and its root, scaled to sum to 3, worked out in Python
    @Test func `weights follow the frequencies`() throws {
        let inverse = try ClassWeights(.inverse, counts: [100, 50, 25], labels: labels)
        #expect(close(inverse.values, [0.4285714285714285, 0.857142857142857, 1.714285714285714]))
        let root = try ClassWeights(.sqrtInverse, counts: [100, 50, 25], labels: labels)
        #expect(close(root.values, [0.6796227589829593, 0.9611317230511222, 1.3592455179659186]))
        #expect(try ClassWeights(.uniform, counts: [100, 50, 25], labels: labels).values == [1, 1, 1])
        #expect(try ClassWeights(.none, counts: [100, 50, 25], labels: labels).values == nil)
    }

    @Test func `auto weights only beyond a factor of two`() throws {
        #expect(try ClassWeights(.auto, counts: [100, 50, 50], labels: labels).rule == .none)
        let weights = try ClassWeights(.auto, counts: [101, 50, 50], labels: labels)
        #expect(weights.rule == .sqrtInverse)
        #expect(weights.values?.reduce(0, +) == 3)
        #expect(
            try ClassWeights(.auto, counts: [101, 50, 50], labels: labels, oversampling: true).values == nil)
        #expect(
            try ClassWeights(.auto, counts: [101, 50, 50], labels: labels, problemType: .multiLabel).values
                == nil)
    }

    @Test func `auto does not weight when a class is empty and says so`() throws {
        let weights = try ClassWeights(.auto, counts: [100, 0, 25], labels: labels)
        #expect(weights.values == nil)
        #expect(weights.warning != nil)
    }

    @Test func `an empty class counts as one example in a rule that was named`() throws {
        let weights = try ClassWeights(.inverse, counts: [4, 0, 4], labels: labels)
        #expect(close(weights.values, [0.5, 2, 0.5]))
    }

    @Test(arguments: [
        ("auto", ClassWeighting.auto), ("none", .none), ("uniform", .uniform), ("sqrt_inverse", .sqrtInverse),
        ("sqrt", .sqrtInverse), ("inverse", .inverse), ("inverse_freq", .inverse),
        ("w.json", .file("w.json")),
    ])
    func `rules are parsed and spelled`(_ text: String, _ rule: ClassWeighting) {
        #expect(ClassWeighting.parse(text) == rule)
        #expect(ClassWeighting.parse(rule.description) == rule)
    }

    @Test func `a file gives weights by name or in order`() throws {
        let directory = try TemporaryDirectory()
        let names = LabelMap(sortedNames: ["b", "a"])
        let byName = try directory.write("{\"b\": 3, \"a\": 0.5}", to: "named.json")
        #expect(try ClassWeights(.file(byName), counts: [1, 1], labels: names).values == [0.5, 3])
        let inOrder = try directory.write("[1, 2.5]", to: "listed.json")
        #expect(try ClassWeights(.file(inOrder), counts: [1, 1], labels: names).values == [1, 2.5])
    }

    @Test func `files that do not give each class one positive weight are refused`() throws {
        let directory = try TemporaryDirectory()
        let names = LabelMap(sortedNames: ["a", "b"])
        let path = directory("weights.json")
        let cases: [(String, ClassWeightError)] = [
            ("{\"a\": 1}", .missingClass(path: path, "b")),
            ("{\"a\": 1, \"b\": 1, \"c\": 1}", .unknownClass(path: path, "c")),
            ("{\"a\": 1, \"b\": 0}", .notPositive(path: path, "b")),
            ("{\"a\": -1, \"b\": 1}", .notPositive(path: path, "a")),
            ("{\"a\": \"1\", \"b\": 1}", .notPositive(path: path, "a")),
            ("{\"a\": 1e999, \"b\": 1}", .notPositive(path: path, "a")),
            ("[1]", .wrongCount(path: path, found: 1, expected: 2)),
            ("2", .notWeights(path: path, found: "a number")),
        ]
        for (text, expected) in cases {
            try directory.write(text, to: "weights.json")
            #expect(throws: expected) { try ClassWeights(.file(path), counts: [1, 1], labels: names) }
        }
        try directory.write("{\"a\": 1, \"a\": 2}", to: "weights.json")
        #expect(throws: ClassWeightError.self) {
            try ClassWeights(.file(path), counts: [1, 1], labels: names)
        }
        #expect(throws: ClassWeightError.self) {
            try ClassWeights(.file(directory("absent.json")), counts: [1, 1], labels: names)
        }
    }

    @Test func `weights for a multi-label corpus are refused`() {
        #expect(throws: ClassWeightError.multiLabel) {
            try ClassWeights(.inverse, counts: [1, 2, 3], labels: labels, problemType: .multiLabel)
        }
    }
}

extension LabelMap {
    /// A map of names that are known to be distinct.
    fileprivate init(sortedNames: [String]) {
        self = LabelMap(names: sortedNames.sorted()) ?? LabelMap(numbered: 0)
    }
}
