import BackendCPU
import Platform
import TensorCore
import TestSupport
import Testing

/// A row has the same bits with any other rows in the call, with any number of threads and on every instruction set.
@Suite struct BatchIndependenceTests {
    private static let companions = [0, 1, 6, 63]
    private static let configurations = KernelLevel.allCases.filter { $0 <= .best }.flatMap { level in
        [1, 2, 3].map { Configuration(level: level, threads: $0) }
    }

    /// Runs an operation on rows alone and with other rows before and after them, in every configuration, and
    /// compares the bits of the rows.
    ///
    /// - Parameter run: returns the results for the whole input, each with the same number of columns per row.
    private func check(
        rows: Int, companions: [Int] = companions, _ name: String,
        _ run: (_ backend: CPUBackend, _ total: Int, _ first: Int) throws -> [Tensor]
    ) throws {
        var expected: [[UInt32]]?
        for configuration in Self.configurations {
            let backend = configuration.makeBackend()
            for others in companions {
                let first = others / 2
                let found = try run(backend, rows + others, first).map { result in
                    backend.values(of: result.rows(first..<first + rows)).map(\.bitPattern)
                }
                if expected == nil { expected = found }
                #expect(
                    found == expected,
                    "\(name): \(rows) rows, \(others) companions, \(configuration.testDescription)")
            }
        }
    }

    /// Numbers are drawn once: every configuration gets the same.
    private static let drawn = Locked<[String: [Float]]>([:])

    private static func values(_ count: Int, _ name: String) -> ArraySlice<Float> {
        drawn.withLock { drawn in
            if drawn[name]?.count ?? 0 < count { drawn[name] = randomValues(count, name) }
            return drawn[name]?.prefix(count) ?? []
        }
    }

    /// Rows of a kind between other numbers.
    private func input(
        rows: Int, total: Int, first: Int, columns: Int, _ name: String, on backend: CPUBackend
    ) throws -> Tensor {
        var values = Array(Self.values(total * columns, "companions of \(name)"))
        values.replaceSubrange(
            first * columns..<(first + rows) * columns, with: Self.values(rows * columns, name))
        return try backend.tensor(values, rows: total, columns: columns)
    }

    /// Rows, columns and inner dimensions: edges of tiles and panels at every level, of the inner dimension's blocks, and
    /// rows 4 KiB apart.
    private static let products = [
        (1, 33, 67), (2, 64, 700), (5, 7, 9), (6, 16, 131), (7, 45, 1300), (13, 32, 1024), (14, 100, 31),
        (15, 31, 641), (29, 48, 50), (43, 24, 77), (70, 65, 129),
    ]

    @Test(arguments: WeightFormat.allCases, [false, true])
    func `A row of a product`(format: WeightFormat, transposed: Bool) throws {
        let factors: [(alpha: Float, beta: Float)] = [(1, 0), (0.7, 1), (1, 0.3)]
        for (index, (M, N, K)) in Self.products.enumerated() {
            let (alpha, beta) = factors[index % factors.count]
            let weights = LentWeights(format, rows: transposed ? N : K, columns: transposed ? K : N)
            try check(rows: M, "product \(N), \(K)") { backend, total, first in
                let left = try input(rows: M, total: total, first: first, columns: K, "left", on: backend)
                let output = try input(rows: M, total: total, first: first, columns: N, "output", on: backend)
                backend.product(
                    left, try weights.matrix(on: backend), transposed: transposed, beta: beta, output: output)
                let right = try backend.tensor(
                    weights.values.map { Float($0) }, rows: transposed ? N : K,
                    columns: transposed ? K : N)
                let scaled = try input(rows: M, total: total, first: first, columns: N, "output", on: backend)
                backend.matmul(
                    left, transposeLeft: false, right, transposeRight: transposed, alpha: alpha, beta: beta,
                    output: scaled)
                return [output, scaled]
            }
        }
    }

    @Test func `A product that sums over rows has the same bits on any number of threads and at every level`()
        throws
    {
        for (M, N, K) in Self.products {
            try check(rows: M, companions: [0], "sum over rows") { backend, _, _ in
                let left = try backend.randomTensor(rows: K, columns: M, "left")
                let right = try backend.randomTensor(rows: K, columns: N, "right")
                let output = try backend.randomTensor(rows: M, columns: N, "output")
                backend.matmul(
                    left, transposeLeft: true, right, transposeRight: false, alpha: 0.7, beta: 1,
                    output: output)
                return [output]
            }
        }
    }

    @Test(arguments: [(1, 1), (3, 21), (17, 64), (5, 577)])
    func `A row of a norm and of its gradient`(shape: (rows: Int, columns: Int)) throws {
        let (rows, D) = shape
        try check(rows: rows, "norm \(D)") { backend, total, first in
            func rowsOf(_ name: String) throws -> Tensor {
                try input(rows: rows, total: total, first: first, columns: D, name, on: backend)
            }
            let (x, dOutput, dInput) = (try rowsOf("x"), try rowsOf("dy"), try rowsOf("dx"))
            let weight = try backend.randomTensor(rows: 1, columns: D, "weight")
            let output = try backend.emptyTensor(rows: total, columns: D)
            let inverse = try backend.emptyTensor(rows: total, columns: 1)
            backend.rmsNorm(x, weight: weight, eps: 1e-5, output: output, inverseRMS: inverse)
            backend.rmsNormBackward(
                dOutput: dOutput, input: x, weight: weight, inverseRMS: inverse, dInput: dInput)
            return [output, inverse, dInput]
        }
    }

    @Test(arguments: [(1, 1), (3, 21), (17, 64), (5, 577)])
    func `A row of SwiGLU, of a bias, of a residual`(shape: (rows: Int, columns: Int)) throws {
        let (rows, F) = shape
        try check(rows: rows, "SwiGLU \(F)") { backend, total, first in
            func rowsOf(_ name: String) throws -> Tensor {
                try input(rows: rows, total: total, first: first, columns: F, name, on: backend)
            }
            let (gate, up, dOutput, sum) = (
                try rowsOf("gate"), try rowsOf("up"), try rowsOf("dy"), try rowsOf("sum")
            )
            let output = try backend.emptyTensor(rows: total, columns: F)
            backend.gatedActivation(.silu, gate: gate, up: up, output: output)
            backend.accumulate(gate, scale: 0.7, into: sum)
            backend.addBias(try backend.randomTensor(rows: 1, columns: F, "bias"), to: sum)
            backend.gatedActivationBackward(.silu, dOutput: dOutput, gate: gate, up: up)
            return [output, sum, gate, up]
        }
    }

    /// A window, or a mask.
    enum Mask: CaseIterable {
        case causal, window, bidirectional
    }

    @Test(arguments: Mask.allCases, [1, 7, 16, 50])
    func `A sequence's attention, rotary embedding and dropout, and their gradients`(
        mask: Mask, length: Int
    ) throws {
        let (C, heads, sharedHeads) = (10, 4, 2)
        let shape = AttentionShape(
            queryHeads: heads, keyValueHeads: sharedHeads, headDim: C, isCausal: mask != .bidirectional,
            slidingWindow: mask == .window ? 20 : nil)
        try check(rows: length, "attention \(mask)") { backend, total, first in
            // Other sequences of several lengths.
            let lengths = [first / 3, first - first / 3, length, (total - length - first) / 2]
            let batch = PackedBatch(
                (lengths + [total - lengths.reduce(0, +)]).enumerated().filter { $1 > 0 }.map {
                    TokenSequence(sampleID: $0 == 2 ? 77 : $0, inputIDs: Array(repeating: 1, count: $1))
                }, padTokenID: nil)
            let prepared = try backend.prepare(batch)
            func rowsOf(_ name: String, _ heads: Int) throws -> Tensor {
                try input(rows: length, total: total, first: first, columns: heads * C, name, on: backend)
            }
            func empty(_ columns: Int) throws -> Tensor {
                try backend.emptyTensor(rows: total, columns: columns)
            }
            let (query, key, value) = (
                try rowsOf("q", heads), try rowsOf("k", sharedHeads), try rowsOf("v", sharedHeads)
            )
            let angles = randomValues(length.advanced(by: 70) * C / 2, "angles")
            let table = RotaryTable(
                cosines: try backend.tensor(angles, rows: length + 70, columns: C / 2),
                sines: try backend.tensor(angles.map { 1 - $0 }, rows: length + 70, columns: C / 2),
                headDim: C)
            backend.rotary(query, table: table, batch: prepared, inverse: false)
            backend.rotary(key, table: table, batch: prepared, inverse: true)
            let mask = DropoutMask(probability: 0.3, seed: 7, step: 5)
            backend.dropout(value, mask: mask, module: 3, batch: prepared, output: value)
            let (output, logSumExp) = (try empty(heads * C), try empty(heads))
            backend.attention(
                query: query, key: key, value: value, shape: shape, batch: prepared, output: output,
                logSumExp: logSumExp)
            let (dQuery, dKey, dValue) = (
                try empty(heads * C), try empty(sharedHeads * C), try empty(sharedHeads * C)
            )
            backend.attentionBackward(
                dOutput: try rowsOf("do", heads), query: query, key: key, value: value, output: output,
                logSumExp: logSumExp, shape: shape, batch: prepared, dQuery: dQuery, dKey: dKey,
                dValue: dValue)
            return [query, key, value, output, logSumExp, dQuery, dKey, dValue]
        }
    }
}
