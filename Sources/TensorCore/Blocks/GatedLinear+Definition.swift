extension Backend {
    /// `output = act(gateProj(input)) * upProj(input)`.
    ///
    /// - Parameters:
    ///   - input: `[T, D]`.
    ///   - gate: `[T, F]`, receives `gateProj(input)` where the context keeps activations, and is scratch otherwise.
    ///   - up: likewise for `upProj(input)`.
    ///   - output: `[T, F]`.
    public func gatedLinear(
        _ input: Tensor, gateProj: LoRALinear, upProj: LoRALinear, activation: Activation,
        context: PassContext, gate: Tensor, up: Tensor, output: Tensor
    ) throws(BackendError) {
        try defineGatedLinear(
            input, gateProj: gateProj, upProj: upProj, activation: activation, context: context, gate: gate,
            up: up, output: output)
    }

    /// The definition of `gatedLinear`, for overrides that cover some cases only.
    public func defineGatedLinear(
        _ input: Tensor, gateProj: LoRALinear, upProj: LoRALinear, activation: Activation,
        context: PassContext, gate: Tensor, up: Tensor, output: Tensor
    ) throws(BackendError) {
        try loraLinear(input, layer: gateProj, context: context, output: gate)
        try loraLinear(input, layer: upProj, context: context, output: up)
        context.measure(.activation) { gatedActivation(activation, gate: gate, up: up, output: output) }
    }
}
