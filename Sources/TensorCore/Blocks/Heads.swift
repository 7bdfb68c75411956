/// Queries or keys on their way into attention: a norm of each head where there is one (Qwen3), then the rotary
/// embedding where there is one.
struct Heads {
    /// What attention sees.
    let result: Tensor
    private let raw: Tensor
    private let norm: Norm?
    private let statistics: Tensor?
    private let headDim: Int
    private let rotary: RotaryTable?

    /// Allocates what is kept in the workspace. Without a norm the raw projection is the result.
    init(
        raw: Tensor, norm: Norm?, headDim: Int, rotary: RotaryTable?, _ workspace: Workspace
    ) throws(BackendError) {
        self.raw = raw
        self.norm = norm
        self.headDim = headDim
        self.rotary = rotary
        if let norm {
            result = try workspace.tensor(rows: raw.rows, columns: raw.columns)
            statistics = try workspace.tensor(
                rows: raw.count / headDim, columns: norm.statisticsWidth, elementType: .float32)
        } else {
            result = raw
            statistics = nil
        }
    }

    /// Computes the result from the raw projection.
    ///
    /// - Parameter batch: the rows of the projection.
    func forward(batch: PreparedBatch, on backend: any Backend, context: PassContext) {
        if let norm, let statistics {
            context.measure(.norm) {
                backend.normalize(
                    byHead(raw), norm: norm, output: byHead(result), statistics: statistics)
            }
        }
        guard let rotary else { return }
        context.measure(.rotary) { backend.rotary(result, table: rotary, batch: batch, inverse: false) }
    }

    /// The gradient of the raw projection; overwrites the gradient of the result.
    func backward(
        _ dResult: Tensor, batch: PreparedBatch, on backend: any Backend, context: PassContext
    ) throws(BackendError) -> Tensor {
        if let rotary {
            context.measure(.rotary) { backend.rotary(dResult, table: rotary, batch: batch, inverse: true) }
        }
        guard let norm, let statistics else { return dResult }
        let dRaw = try context.workspace.tensor(rows: raw.rows, columns: raw.columns)
        context.measure(.norm) {
            backend.fill(dRaw, with: 0)
            backend.normalizeBackward(
                dOutput: byHead(dResult), input: byHead(raw), norm: norm, statistics: statistics,
                dInput: byHead(dRaw))
        }
        return dRaw
    }

    private func byHead(_ tensor: Tensor) -> Tensor {
        tensor.reshaped(rows: tensor.count / headDim, columns: headDim)
    }
}
