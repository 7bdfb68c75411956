/// Clipping by the global norm, as `torch.nn.utils.clip_grad_norm_`.
package enum GradientClipping {
    /// What gradients of this norm are multiplied by.
    ///
    /// - Parameters:
    ///   - norm: the norm of all gradients together.
    ///   - maximum: the norm to keep to; 0 or less never clips.
    package static func scale(norm: Double, maximum: Double) -> Float {
        guard maximum > 0 else { return 1 }
        return Float(min(1, maximum / (norm + 1e-6)))
    }
}
