import BackendCPU
import Foundation
import TensorCore
import TestSupport
import Testing

/// Forward against the definition, backward against its central differences.
///
/// Sizes are not multiples of eight, so that the tails of the vector loops are tested as well. The bounds are about
/// ten roundings of single precision.
@Suite struct OperationTests {
    private let forwardBound = 2e-6
    private let backwardBound = 1e-5

    @Test(arguments: Configuration.all)
    func `RMSNorm and its gradient`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        let (rows, D) = (37, 21)
        let x = try backend.randomTensor(rows: rows, columns: D, "x")
        let weight = try backend.randomTensor(rows: 1, columns: D, "w")
        let output = try backend.emptyTensor(rows: rows, columns: D)
        let inverse = try backend.emptyTensor(rows: rows, columns: 1)
        backend.rmsNorm(x, weight: weight, eps: 1e-5, output: output, inverseRMS: inverse)
        let w = backend.values(of: weight).doubles
        let define: ([Double]) -> [Double] = { Definitions.rmsNorm($0, weight: w, eps: Double(Float(1e-5))) }
        let xs = backend.values(of: x).doubles
        #expect(relativeError(backend.values(of: output), define(xs)) < forwardBound)

        let dOutput = try backend.randomTensor(rows: rows, columns: D, "dy")
        let dInput = try backend.randomTensor(rows: rows, columns: D, "dx before")
        let before = backend.values(of: dInput).doubles
        backend.rmsNormBackward(
            dOutput: dOutput, input: x, weight: weight, inverseRMS: inverse, dInput: dInput)
        let numeric = NumericGradient.of(xs, dOutput: backend.values(of: dOutput).doubles, function: define)
        #expect(relativeError(backend.values(of: dInput), zip(before, numeric).map(+)) < backwardBound)
    }

    @Test(arguments: Configuration.all)
    func `SwiGLU and its gradients, at large arguments too`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        let (rows, F) = (5, 13)
        var gates = randomValues(rows * F, "gate").map { 3 * $0 }
        gates.replaceSubrange(0..<4, with: [-200, 200, -30, 0])
        let gate = try backend.tensor(gates, rows: rows, columns: F)
        let up = try backend.randomTensor(rows: rows, columns: F, "up")
        let (g, u) = (gates.doubles, backend.values(of: up).doubles)
        let output = try backend.emptyTensor(rows: rows, columns: F)
        backend.gatedActivation(.silu, gate: gate, up: up, output: output)
        #expect(relativeError(backend.values(of: output), Definitions.swiGLU(gate: g, up: u)) < forwardBound)

        let dOutput = try backend.randomTensor(rows: rows, columns: F, "dy")
        let dy = backend.values(of: dOutput).doubles
        backend.gatedActivationBackward(.silu, dOutput: dOutput, gate: gate, up: up)
        let dGate = NumericGradient.of(g, dOutput: dy) { Definitions.swiGLU(gate: $0, up: u) }
        let dUp = NumericGradient.of(u, dOutput: dy) { Definitions.swiGLU(gate: g, up: $0) }
        #expect(relativeError(backend.values(of: gate), dGate) < backwardBound)
        #expect(relativeError(backend.values(of: up), dUp) < backwardBound)
    }

    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)], Configuration.all)
    func `Matrix products in all transpositions`(
        transposed: (Bool, Bool), configuration: Configuration
    ) throws {
        let backend = configuration.makeBackend()
        let (M, N, K) = (131, 45, 67)
        let (ta, tb) = transposed
        let left = try backend.randomTensor(rows: ta ? K : M, columns: ta ? M : K, "l")
        let right = try backend.randomTensor(rows: tb ? N : K, columns: tb ? K : N, "r")
        let output = try backend.randomTensor(rows: M, columns: N, "o")
        let before = backend.values(of: output).doubles
        backend.matmul(
            left, transposeLeft: ta, right, transposeRight: tb, alpha: 0.5, beta: 2, output: output)
        var l = backend.values(of: left).doubles
        var r = backend.values(of: right).doubles
        if ta { l = Definitions.transpose(l, rows: K, columns: M) }
        if tb { r = Definitions.transpose(r, rows: N, columns: K) }
        let product = Definitions.matmul(l, r, M: M, N: N, K: K)
        let expected = zip(before, product).map { 2 * $0 + 0.5 * $1 }
        #expect(relativeError(backend.values(of: output), expected) < forwardBound)
    }

    @Test(arguments: Configuration.all)
    func `The rotary embedding, and its inverse takes it back`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        let (heads, C) = (3, 10)
        let batch = PackedBatch(
            [7, 1, 4].enumerated().map {
                TokenSequence(sampleID: $0, inputIDs: Array(repeating: 1, count: $1))
            },
            padTokenID: 0)
        let angle: (Int, Int) -> Double = { position, index in
            Double(position) * pow(10_000, -2 * Double(index) / Double(C))
        }
        func table(_ function: (Double) -> Double) throws -> Tensor {
            let values = (0..<8 * C / 2).map { Float(function(angle($0 / (C / 2), $0 % (C / 2)))) }
            return try backend.tensor(values, rows: 8, columns: C / 2)
        }
        let rotary = RotaryTable(cosines: try table(cos), sines: try table(sin), headDim: C)
        let states = try backend.randomTensor(rows: 12, columns: heads * C, "states")
        let before = backend.values(of: states)
        backend.rotary(states, table: rotary, batch: try backend.prepare(batch), inverse: false)
        let expected = Definitions.rope(
            before.doubles, heads: heads, C: C, positions: batch.positions, angle: angle)
        #expect(relativeError(backend.values(of: states), expected) < forwardBound)
        backend.rotary(states, table: rotary, batch: try backend.prepare(batch), inverse: true)
        #expect(relativeError(backend.values(of: states), before.doubles) < forwardBound)
    }

    @Test(arguments: Configuration.all)
    func `The exponential is right over its whole range`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        // With one key per row, softmax is 1 and the log-sum is the score; SwiGLU shows the sigmoid directly.
        let arguments = stride(from: -90, through: 90, by: 0.37).map { Float($0) }
        let gate = try backend.tensor(arguments, rows: 1, columns: arguments.count)
        let up = try backend.tensor(
            Array(repeating: 1, count: arguments.count), rows: 1, columns: arguments.count)
        let output = try backend.emptyTensor(rows: 1, columns: arguments.count)
        backend.gatedActivation(.silu, gate: gate, up: up, output: output)
        for (x, y) in zip(arguments, backend.values(of: output)) {
            let exact = Double(x) / (1 + exp(-Double(x)))
            #expect(abs(Double(y) - exact) <= 5e-7 * abs(exact) + 1e-36, "x = \(x)")
        }
    }
}
