import BackendCPU
import TensorCore
import TestSupport
import Testing

/// The fused products with SwiGLU have the bits of the three separate operations.
@Suite struct GatedProductTests {
    /// Rows, outputs and inputs: edges of tiles and panels, blocks of the inner dimension, rows 4 KiB apart.
    private static let shapes = [(1, 33, 67), (14, 64, 31), (29, 100, 641), (45, 130, 1024), (17, 70, 4100)]

    @Test(arguments: Configuration.all)
    func `A gated product is its three operations`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        for (T, F, D) in Self.shapes where configuration.level > .portable || D < 4096 {
            let input = try backend.randomTensor(rows: T, columns: D, "input")
            let gateWeight = try LentWeights(.bfloat16, rows: F, columns: D).matrix(on: backend)
            let upWeight = try LentWeights(.float16, rows: F, columns: D).matrix(on: backend)
            func empty() throws -> Tensor { try backend.emptyTensor(rows: T, columns: F) }
            func bits(_ tensors: [Tensor]) -> [[UInt32]] {
                tensors.map { backend.values(of: $0).map(\.bitPattern) }
            }
            let (gate, up, output) = (try empty(), try empty(), try empty())
            backend.product(input, gateWeight, transposed: true, beta: 0, output: gate)
            backend.product(input, upWeight, transposed: true, beta: 0, output: up)
            backend.gatedActivation(.silu, gate: gate, up: up, output: output)

            let (fusedGate, fusedUp, fused, alone) = (try empty(), try empty(), try empty(), try empty())
            backend.gatedProduct(
                input, gateWeight: gateWeight, upWeight: upWeight, gate: fusedGate, up: fusedUp, output: fused
            )
            #expect(bits([fusedGate, fusedUp, fused]) == bits([gate, up, output]), "\(T), \(F), \(D)")
            backend.gatedProduct(
                input, gateWeight: gateWeight, upWeight: upWeight, gate: nil, up: nil, output: alone)
            #expect(bits([alone]) == bits([output]), "\(T), \(F), \(D), nothing kept")
        }
    }
}
