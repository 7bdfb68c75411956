import BackendCPU
import TensorCore
import TestSupport
import Testing

/// Matrix products at every instruction set this processor has, over shapes that leave partial tiles, panels and
/// blocks of the inner dimension, with weights of every type.
@Suite struct MatrixProductTests {
    private static let levels = KernelLevel.allCases.filter { $0 <= .best }

    /// Memory that a test lends as weights.
    private final class Lent: Sendable {
        nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

        init<Bits>(_ values: [Bits]) {
            let copy = UnsafeMutableRawBufferPointer.allocate(
                byteCount: values.count * MemoryLayout<Bits>.stride, alignment: 64)
            values.withUnsafeBytes { copy.copyMemory(from: $0) }
            bytes = UnsafeRawBufferPointer(copy)
        }

        deinit { bytes.deallocate() }
    }

    /// Weights of a type, and their exact values.
    private func weights(
        _ type: ElementType, rows: Int, columns: Int, on backend: CPUBackend
    ) throws -> (Tensor, [Double]) {
        let values = randomValues(rows * columns, "weights")
        let lent: Lent
        let exact: [Float]
        switch type {
        case .float32: (lent, exact) = (Lent(values), values)
        case .bfloat16:
            let bits = values.map { UInt16($0.bitPattern >> 16) }
            (lent, exact) = (Lent(bits), bits.map { Float(bitPattern: UInt32($0) << 16) })
        case .float16:
            // Multiples of 1/64 up to 8, zero and the smallest subnormal number, written out as sign, exponent, fraction.
            let parts = (0..<values.count).map {
                (sign: $0 % 2, exponent: 12 + $0 % 6, fraction: $0 * 37 % 1024)
            }
            let bits = parts.enumerated().map { place, part in
                place % 97 == 5
                    ? UInt16(place % 2) : UInt16(part.sign << 15 | part.exponent << 10 | part.fraction)
            }
            exact = parts.enumerated().map { place, part in
                if place % 97 == 5 { return Float(place % 2) * 0x1p-24 }
                let magnitude =
                    (1 + Float(part.fraction) / 1024)
                    * Float(sign: .plus, exponent: part.exponent - 15, significand: 1)
                return part.sign == 1 ? -magnitude : magnitude
            }
            lent = Lent(bits)
        }
        let shared = SharedWeights(bytes: lent.bytes, type: type, owner: lent)
        let storage = try #require(backend.makeStorage(sharing: shared))
        return (Tensor(storage, rows: rows, columns: columns), exact.doubles)
    }

    @Test(arguments: levels, ElementType.allCases)
    func `Products with weights where they lie`(level: KernelLevel, type: ElementType) throws {
        // Of the last three, two have few rows over whole panels, and the last has rows 4 KiB apart, which are copied.
        for (M, N, K) in [
            (45, 70, 131), (1, 33, 9), (97, 5, 700), (3, 16, 1), (16, 256, 50), (20, 80, 700),
            (45, 170, 1024),
        ] {
            for transposed in [false, true] {
                let backend = CPUBackend(threads: 2, level: level)
                let left = try backend.randomTensor(rows: M, columns: K, "left")
                let (right, values) = try weights(
                    type, rows: transposed ? N : K, columns: transposed ? K : N, on: backend)
                let output = try backend.emptyTensor(rows: M, columns: N)
                backend.matmul(
                    left, transposeLeft: false, right, transposeRight: transposed, alpha: 1, beta: 0,
                    output: output)
                let exact = transposed ? Definitions.transpose(values, rows: N, columns: K) : values
                let expected = Definitions.matmul(backend.values(of: left).doubles, exact, M: M, N: N, K: K)
                // Ten roundings of single precision.
                #expect(relativeError(backend.values(of: output), expected) < 2e-6)
                #expect(relativeError(backend.values(of: right), values) == 0)
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

    /// The kernels sum over the inner dimension in one order whatever the threads; OpenBLAS promises less.
    @Test(arguments: levels.filter { $0 != .portable })
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

    @Test func `OpenBLAS does not use the kernels of an old processor on a new one`() {
        guard KernelLevel.best > .portable else { return }
        let description = CPUBackend(threads: 1).description
        for core in ["Prescott", "Core2", "Nehalem", "Sandybridge"] {
            #expect(!description.contains(core), "\(description)")
        }
    }

    @Test(arguments: ElementType.allCases)
    func `Rows are gathered from weights where they lie`(type: ElementType) throws {
        let backend = CPUBackend(threads: 1)
        let (table, values) = try weights(type, rows: 9, columns: 21, on: backend)
        let batch = PackedBatch([TokenSequence(sampleID: 0, inputIDs: [8, 0, 3, 3])], padTokenID: nil)
        let output = try backend.emptyTensor(rows: 4, columns: 21)
        backend.embedding(table: table, batch: batch, output: output)
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
