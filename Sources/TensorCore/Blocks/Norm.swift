/// A frozen norm of rows.
public struct Norm: Sendable {
    /// What is normalised.
    public enum Kind: Sendable, Hashable {
        /// `weight * x * rsqrt(mean(x^2) + eps)` (Zhang and Sennrich, 2019).
        case rms
        /// `weight * (x - mean(x)) * rsqrt(var(x) + eps) + bias` (Ba et al., 2016).
        case layer
    }

    /// What is normalised.
    public let kind: Kind
    /// `[1, columns]`, fp32.
    public let weight: Tensor
    /// `[1, columns]`, fp32; layer norms only.
    public let bias: Tensor?
    /// Added to the mean of squares or the variance.
    public let eps: Float

    /// A norm's weights.
    public init(kind: Kind, weight: Tensor, bias: Tensor? = nil, eps: Float) {
        precondition(kind == .layer || bias == nil, "an RMS norm has no bias")
        self.kind = kind
        self.weight = weight
        self.bias = bias
        self.eps = eps
    }

    /// The columns of the statistics that the backward pass needs: the reciprocal root, and the mean of a layer norm.
    public var statisticsWidth: Int { kind == .rms ? 1 : 2 }
}

/// The norms of one half of a layer: `y = output(x + branch(f(input(x))))`, each where there is one.
///
/// A pre-norm model has `input`, a post-norm model `output`; `branch` and `input` together make a sandwich.
public struct BlockNorms: Sendable {
    /// Before the branch.
    public let input: Norm?
    /// On the branch, before the residual sum.
    public let branch: Norm?
    /// On the residual sum.
    public let output: Norm?

    /// The norms of a block.
    public init(input: Norm? = nil, branch: Norm? = nil, output: Norm? = nil) {
        self.input = input
        self.branch = branch
        self.output = output
    }
}

/// The nonlinearity of a feed-forward layer or a head.
public enum Activation: Sendable, Hashable, CaseIterable {
    /// `x / (1 + e^-x)`
    case silu
    /// `x * Phi(x)`, with the error function (Hendrycks and Gimpel, 2016).
    case gelu
    /// GELU by its approximation with tanh.
    case geluTanh
    /// `max(x, 0)`
    case relu
    /// `tanh(x)`
    case tanh
}

extension Backend {
    /// Normalises rows.
    ///
    /// - Parameter statistics: `[rows, norm.statisticsWidth]`, fp32, receives what the backward pass needs.
    public func normalize(_ input: Tensor, norm: Norm, output: Tensor, statistics: Tensor) {
        switch norm.kind {
        case .rms:
            rmsNorm(input, weight: norm.weight, eps: norm.eps, output: output, inverseRMS: statistics)
        case .layer:
            layerNorm(
                input, weight: norm.weight, bias: norm.bias, eps: norm.eps, output: output,
                statistics: statistics)
        }
    }

    /// Adds the gradient with respect to the input to `dInput`.
    public func normalizeBackward(
        dOutput: Tensor, input: Tensor, norm: Norm, statistics: Tensor, dInput: Tensor
    ) {
        switch norm.kind {
        case .rms:
            rmsNormBackward(
                dOutput: dOutput, input: input, weight: norm.weight, inverseRMS: statistics, dInput: dInput)
        case .layer:
            layerNormBackward(
                dOutput: dOutput, input: input, weight: norm.weight, statistics: statistics, dInput: dInput)
        }
    }
}
