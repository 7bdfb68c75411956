/// Clipping by the global norm, as `torch.nn.utils.clip_grad_norm_`.
package enum GradientClipping {
    /// The factor for gradients of this norm.
    ///
    /// - Parameters:
    ///   - norm: the norm of all gradients together.
    ///   - maximum: the largest allowed norm; 0 or less never clips.
    package static func scale(norm: Double, maximum: Double) -> Float {
        guard maximum > 0 else { return 1 }
        return Float(min(1, maximum / (norm + 1e-6)))
    }
}
