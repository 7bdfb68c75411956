import CPUKernels
public import TensorCore

extension CPUBackend {
    /// One pass over gate and up where neither has an adapter: the activation is applied while both are in registers.
    public func gatedLinear(
        _ input: Tensor, gateProj: LoRALinear, upProj: LoRALinear, activation: Activation,
        context: PassContext, gate: Tensor, up: Tensor, output: Tensor
    ) throws(BackendError) {
        let isFusable = [gateProj, upProj].allSatisfy { $0.adapter == nil && $0.base.bias == nil }
        guard isFusable, activation == .silu else {
            return try defineGatedLinear(
                input, gateProj: gateProj, upProj: upProj, activation: activation, context: context,
                gate: gate, up: up, output: output)
        }
        let flops = gateProj.flops(rows: input.rows) + upProj.flops(rows: input.rows)
        context.measure(.products, flops: flops) {
            gatedProduct(
                input, gateWeight: gateProj.base.weight, upWeight: upProj.base.weight,
                gate: context.keepsActivations ? gate : nil, up: context.keepsActivations ? up : nil,
                output: output)
        }
    }

    /// `output = silu(input gateWeight^T) * (input upWeight^T)`; `input` `[T, D]`, weights `[F, D]`.
    ///
    /// The result has the bits of two calls of `product` and one of `gatedActivation`, but neither product goes
    /// through memory.
    ///
    /// - Parameters:
    ///   - gate: `[T, F]`, receives the product before the activation; nil if it is not needed.
    ///   - up: likewise.
    package func gatedProduct(
        _ input: Tensor, gateWeight: WeightMatrix, upWeight: WeightMatrix, gate: Tensor?, up: Tensor?,
        output: Tensor
    ) {
        let (T, D, F) = (input.rows, input.columns, output.columns)
        precondition(output.rows == T && gateWeight.rows == F && upWeight.rows == F, "gated product shapes")
        precondition(gateWeight.columns == D && upWeight.columns == D, "gated product inner dimension")
        guard T > 0, F > 0, D > 0 else { return }
        let level = level.rawValue
        let upSide = RightSide(upWeight)
        MatrixProduct(
            left: input, transposeLeft: false, right: RightSide(gateWeight), transposeRight: true, K: D,
            alpha: 1,
            beta: 0, output: output
        ).forEachPiece(
            level: self.level, scratch: scratch, scratchCount: cpu_kernels_gated_scratch_count(level, D),
            on: parallel
        ) { product, rows, panels, memory in
            var gated = CPUKernelsGatedProduct(
                gate: product, up: product, output: product.C, ldOutput: product.ldC)
            (gated.gate.C, gated.gate.ldC) = (gate?.base, gate?.rowStride ?? 0)
            (gated.up.C, gated.up.ldC) = (up?.base, up?.rowStride ?? 0)
            (gated.up.B, gated.up.ldB, gated.up.typeB) = (
                upSide.base, upSide.rowStride, upSide.format.kernelType
            )
            cpu_kernels_gated_product(
                level, &gated, rows.lowerBound, rows.upperBound, panels.lowerBound, panels.upperBound, memory)
        }
    }
}
