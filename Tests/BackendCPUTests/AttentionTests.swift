import BackendCPU
import Platform
import TensorCore
import TestSupport
import Testing

/// Attention against its definition and central differences: grouped heads, sliding windows, several tiles.
@Suite struct AttentionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let queryHeads, keyValueHeads: Int
        let window: Int?
        let lengths: [Int]
        var isCausal = true
        var testDescription: String {
            "\(queryHeads)/\(keyValueHeads) heads, window \(window ?? 0), \(lengths)\(isCausal ? "" : ", bidirectional")"
        }
    }

    static let cases = [
        Case(queryHeads: 2, keyValueHeads: 2, window: nil, lengths: [1, 9, 3]),
        Case(queryHeads: 6, keyValueHeads: 2, window: nil, lengths: [5, 12]),
        Case(queryHeads: 2, keyValueHeads: 1, window: 4, lengths: [11, 2]),
        Case(queryHeads: 2, keyValueHeads: 1, window: 1, lengths: [6]),
        // Longer than the rows that the backward pass holds at a time.
        Case(queryHeads: 2, keyValueHeads: 1, window: nil, lengths: [58]),
        Case(queryHeads: 1, keyValueHeads: 1, window: 20, lengths: [53]),
        Case(queryHeads: 2, keyValueHeads: 1, window: nil, lengths: [1, 9, 3], isCausal: false),
        Case(queryHeads: 1, keyValueHeads: 1, window: nil, lengths: [58], isCausal: false),
    ]

    /// Central differences by case: they are slow, and every configuration gets the same numbers.
    private static let gradients = Locked<[String: [[Double]]]>([:])

    @Test(arguments: cases, Configuration.all)
    func `Attention and its gradients`(_ test: Case, configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        let C = 6
        let shape = AttentionShape(
            queryHeads: test.queryHeads, keyValueHeads: test.keyValueHeads, headDim: C,
            isCausal: test.isCausal, slidingWindow: test.window)
        let batch = packed(test.lengths)
        let T = batch.tokenCount
        let (qWidth, kWidth) = (test.queryHeads * C, test.keyValueHeads * C)
        let query = try backend.randomTensor(rows: T, columns: qWidth, "q")
        let key = try backend.randomTensor(rows: T, columns: kWidth, "k")
        let value = try backend.randomTensor(rows: T, columns: kWidth, "v")
        let output = try backend.emptyTensor(rows: T, columns: qWidth)
        let logSumExp = try backend.emptyTensor(rows: T, columns: test.queryHeads)
        backend.attention(
            query: query, key: key, value: value, shape: shape, batch: try backend.prepare(batch),
            output: output,
            logSumExp: logSumExp)
        let (q, k, v) = (
            backend.values(of: query).doubles, backend.values(of: key).doubles,
            backend.values(of: value).doubles
        )
        func define(_ q: [Double], _ k: [Double], _ v: [Double]) -> [Double] {
            Definitions.attention(query: q, key: k, value: v, shape: shape, cuSeqlens: batch.cuSeqlens)
        }
        // Single precision over at most some dozen keys.
        #expect(relativeError(backend.values(of: output), define(q, k, v)) < 2e-6)

        let dOutput = try backend.randomTensor(rows: T, columns: qWidth, "do")
        let dQuery = try backend.emptyTensor(rows: T, columns: qWidth)
        let dKey = try backend.emptyTensor(rows: T, columns: kWidth)
        let dValue = try backend.emptyTensor(rows: T, columns: kWidth)
        backend.attentionBackward(
            dOutput: dOutput, query: query, key: key, value: value, output: output, logSumExp: logSumExp,
            shape: shape, batch: try backend.prepare(batch), dQuery: dQuery, dKey: dKey, dValue: dValue)
        let dO = backend.values(of: dOutput).doubles
        let expected = Self.gradients.withLock { known in
            if let gradients = known[test.testDescription] { return gradients }
            let gradients = [
                NumericGradient.of(q, dOutput: dO) { define($0, k, v) },
                NumericGradient.of(k, dOutput: dO) { define(q, $0, v) },
                NumericGradient.of(v, dOutput: dO) { define(q, k, $0) },
            ]
            known[test.testDescription] = gradients
            return gradients
        }
        // With a window of one each query sees itself alone: the gradients of query and key are exactly zero.
        for (gradient, numeric) in zip([dQuery, dKey, dValue], expected) {
            #expect(relativeError(backend.values(of: gradient), numeric) < 2e-5)
        }
    }

    @Test(arguments: Configuration.all)
    func `Sequences longer than a tile`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        let shape = AttentionShape(queryHeads: 2, keyValueHeads: 1, headDim: 8)
        for window in [nil, 100] {
            let shape = AttentionShape(
                queryHeads: shape.queryHeads, keyValueHeads: shape.keyValueHeads, headDim: 8,
                slidingWindow: window)
            let batch = packed([150, 64, 65])
            let T = batch.tokenCount
            let query = try backend.randomTensor(rows: T, columns: 16, "q")
            let key = try backend.randomTensor(rows: T, columns: 8, "k")
            let value = try backend.randomTensor(rows: T, columns: 8, "v")
            let output = try backend.emptyTensor(rows: T, columns: 16)
            let logSumExp = try backend.emptyTensor(rows: T, columns: 2)
            backend.attention(
                query: query, key: key, value: value, shape: shape, batch: try backend.prepare(batch),
                output: output,
                logSumExp: logSumExp)
            let expected = Definitions.attention(
                query: backend.values(of: query).doubles, key: backend.values(of: key).doubles,
                value: backend.values(of: value).doubles, shape: shape, cuSeqlens: batch.cuSeqlens)
            #expect(relativeError(backend.values(of: output), expected) < 2e-6)
        }
    }

    private func packed(_ lengths: [Int]) -> PackedBatch {
        PackedBatch(
            lengths.enumerated().map {
                TokenSequence(sampleID: $0, inputIDs: Array(repeating: 1, count: $1))
            },
            padTokenID: 0)
    }
}
