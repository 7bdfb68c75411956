import BackendCPU
import TensorCore
import TestSupport
import Testing

/// Matrix products at every instruction set this processor has, over shapes that leave partial tiles, panels and
/// blocks of the inner dimension, with weights of every type.
@Suite struct MatrixProductTests {
    private static let levels = KernelLevel.allCases.filter { $0 <= .best }

    /// Weights of a format, and their exact values.
    private func weights(
        _ format: WeightFormat, rows: Int, columns: Int, on backend: CPUBackend
    ) throws -> (WeightMatrix, [Double]) {
        let weights = LentWeights(format, rows: rows, columns: columns)
        return (try weights.matrix(on: backend), weights.values)
    }

    @Test(arguments: levels, WeightFormat.allCases)
    func `Products with weights where they lie`(level: KernelLevel, format: WeightFormat) throws {
        // Of the last three, two have few rows over whole panels, and the last has rows 4 KiB apart, which are copied.
        for (M, N, K) in [
            (45, 70, 131), (1, 33, 9), (97, 5, 700), (3, 16, 1), (16, 256, 50), (20, 80, 700),
            (45, 170, 1024),
        ] {
            for transposed in [false, true] {
                let backend = CPUBackend(threads: 2, level: level)
                let left = try backend.randomTensor(rows: M, columns: K, "left")
                let (right, values) = try weights(
                    format, rows: transposed ? N : K, columns: transposed ? K : N, on: backend)
                let output = try backend.emptyTensor(rows: M, columns: N)
                backend.product(left, right, transposed: transposed, beta: 0, output: output)
                let exact = transposed ? Definitions.transpose(values, rows: N, columns: K) : values
                let expected = Definitions.matmul(backend.values(of: left).doubles, exact, M: M, N: N, K: K)
                // Ten roundings of single precision.
                #expect(relativeError(backend.values(of: output), expected) < 2e-6)
                let decoded = try backend.emptyTensor(rows: right.rows, columns: right.columns)
                backend.decodeRows(0..<right.rows, of: right, output: decoded)
                #expect(relativeError(backend.values(of: decoded), values) == 0)
            }
        }
    }

    @Test(arguments: levels)
    func `A product that adds to its output, transposed on either side`(level: KernelLevel) throws {
        let backend = CPUBackend(threads: 3, level: level)
        // With the last, the rows of the transposed side lie 4 KiB apart.
        for (ta, tb, (M, N, K)) in [
            (false, false, (61, 50, 77)), (false, true, (61, 50, 77)), (true, false, (61, 50, 77)),
            (true, true, (61, 50, 77)), (true, false, (1024, 20, 33)),
        ] {
            let left = try backend.randomTensor(rows: ta ? K : M, columns: ta ? M : K, "l")
            let right = try backend.randomTensor(rows: tb ? N : K, columns: tb ? K : N, "r")
            let output = try backend.randomTensor(rows: M, columns: N, "o")
            let before = backend.values(of: output).doubles
            backend.matmul(
                left, transposeLeft: ta, right, transposeRight: tb, alpha: 0.5, beta: 2, output: output)
            let l = backend.values(of: left).doubles
            let r = backend.values(of: right).doubles
            let product = Definitions.matmul(
                ta ? Definitions.transpose(l, rows: K, columns: M) : l,
                tb ? Definitions.transpose(r, rows: N, columns: K) : r, M: M, N: N, K: K)
            let expected = zip(before, product).map { 2 * $0 + 0.5 * $1 }
            #expect(relativeError(backend.values(of: output), expected) < 2e-6)
        }
    }

    @Test(arguments: levels)
    func `The number of threads changes no bit`(level: KernelLevel) throws {
        let (M, N, K) = (130, 200, 650)
        func product(threads: Int) throws -> [UInt32] {
            let backend = CPUBackend(threads: threads, level: level)
            let left = try backend.randomTensor(rows: M, columns: K, "left")
            let right = try backend.randomTensor(rows: N, columns: K, "right")
            let output = try backend.emptyTensor(rows: M, columns: N)
            backend.matmul(
                left, transposeLeft: false, right, transposeRight: true, alpha: 1, beta: 0, output: output)
            return backend.values(of: output).map(\.bitPattern)
        }
        let one = try product(threads: 1)
        for threads in [2, 3, 16] { #expect(try product(threads: threads) == one) }
    }

    @Test func `A product's pieces cover its output once`() {
        for rows in [1, 13, 16, 534, 1068] {
            for panels in [1, 2, 6, 18, 96] {
                for parts in [1, 2, 3, 16, 64] {
                    let pieces = ProductSplit(rows: rows, step: 14, panels: panels, parts: parts).pieces
                    var times = [Int](repeating: 0, count: rows * panels)
                    for piece in pieces {
                        #expect(!piece.rows.isEmpty && !piece.panels.isEmpty)
                        for row in piece.rows {
                            for panel in piece.panels { times[row * panels + panel] += 1 }
                        }
                    }
                    #expect(times.allSatisfy { $0 == 1 }, "\(rows) rows, \(panels) panels, \(parts) parts")
                }
            }
        }
    }

    #if arch(x86_64)
        @Test func `The device says that the portable level is slow, and why`() {
            #expect(
                CPUBackend(threads: 1, level: .best).description.contains("slow")
                    == (KernelLevel.best == .portable))
            let reason =
                KernelLevel.best == .portable ? "this processor lacks AVX2" : "APR_CPU_LEVEL asks for it"
            #expect(
                CPUBackend(threads: 2, level: .portable).description
                    == "cpu (2 threads, portable, slow: \(reason))")
        }
    #endif

    @Test(arguments: WeightFormat.allCases)
    func `Rows are gathered from weights where they lie`(format: WeightFormat) throws {
        let backend = CPUBackend(threads: 1)
        let (table, values) = try weights(format, rows: 9, columns: 21, on: backend)
        let batch = PackedBatch([TokenSequence(sampleID: 0, inputIDs: [8, 0, 3, 3])], padTokenID: nil)
        let output = try backend.emptyTensor(rows: 4, columns: 21)
        backend.lookUp(
            table, .inputIDs, offset: 0, batch: try backend.prepare(batch), adds: false, output: output)
        let expected = [8, 0, 3, 3].flatMap { values[$0 * 21..<($0 + 1) * 21] }
        #expect(relativeError(backend.values(of: output), expected) == 0)
    }

    @Test func `A level is chosen by the environment, and one that cannot run is named`() throws {
        #expect(try KernelLevel.chosen(environment: [:]) == .best)
        #expect(try KernelLevel.chosen(environment: [KernelLevel.variable: "portable"]) == .portable)
        let error = #expect(throws: UnusableLevel.self) {
            _ = try KernelLevel.chosen(environment: [KernelLevel.variable: "sse9"])
        }
        #expect(error?.description.contains("APR_CPU_LEVEL=sse9") == true)
    }
}
