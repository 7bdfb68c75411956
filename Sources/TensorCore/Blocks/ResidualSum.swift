/// The end of a block: `output = norms.output(input + norms.branch(branch))`, where norms that the block does not
/// have are left out.
///
/// Only a norm needs its input again in the backward pass. Without norms nothing is kept, and the branch is computed
/// in the memory of the output.
struct ResidualSum {
    private let norms: BlockNorms
    private let branch: Tensor?
    private let sum: Tensor?
    private let branchStatistics: Tensor?
    private let sumStatistics: Tensor?
    private let output: Tensor

    /// Allocates what is kept in the workspace.
    init(_ norms: BlockNorms, output: Tensor, _ workspace: Workspace) throws(BackendError) {
        self.norms = norms
        self.output = output
        func kept(_ norm: Norm?) throws(BackendError) -> (Tensor?, Tensor?) {
            guard let norm else { return (nil, nil) }
            return (
                try workspace.tensor(rows: output.rows, columns: output.columns),
                try workspace.tensor(
                    rows: output.rows, columns: norm.statisticsWidth, elementType: .float32)
            )
        }
        (branch, branchStatistics) = try kept(norms.branch)
        (sum, sumStatistics) = try kept(norms.output)
    }

    /// Where the branch's last projection goes.
    var branchOutput: Tensor { branch ?? sum ?? output }

    /// Adds the input and normalises.
    func forward(adding input: Tensor, on backend: any Backend, context: PassContext) {
        let total = sum ?? output
        if let norm = norms.branch, let branch, let branchStatistics {
            context.measure(.norm) {
                backend.normalize(branch, norm: norm, output: total, statistics: branchStatistics)
            }
        }
        context.measure(.residual) { backend.accumulate(input, scale: 1, into: total) }
        if let norm = norms.output, let sum, let sumStatistics {
            context.measure(.norm) {
                backend.normalize(sum, norm: norm, output: output, statistics: sumStatistics)
            }
        }
    }

    /// Turns the gradient of the output, in place, into that of the sum.
    ///
    /// - Returns: the gradient of the branch's last projection: `dOutput` itself where the branch has no norm.
    func backward(
        _ dOutput: Tensor, on backend: any Backend, context: PassContext
    ) throws(BackendError) -> Tensor {
        if let norm = norms.output, let sum, let sumStatistics {
            let dSum = try gradient(dOutput, norm, sum, sumStatistics, backend, context)
            backend.copy(dSum, to: dOutput)
        }
        guard let norm = norms.branch, let branch, let branchStatistics else { return dOutput }
        return try gradient(dOutput, norm, branch, branchStatistics, backend, context)
    }

    private func gradient(
        _ dOutput: Tensor, _ norm: Norm, _ input: Tensor, _ statistics: Tensor, _ backend: any Backend,
        _ context: PassContext
    ) throws(BackendError) -> Tensor {
        let dInput = try context.workspace.tensor(rows: input.rows, columns: input.columns)
        context.measure(.norm) {
            backend.fill(dInput, with: 0)
            backend.normalizeBackward(
                dOutput: dOutput, input: input, norm: norm, statistics: statistics, dInput: dInput)
        }
        return dInput
    }
}

/// The start of a block: the input, normalised if the block has a norm there.
struct NormedInput {
    private let norm: Norm?
    let input: Tensor
    private let statistics: Tensor?

    /// Allocates what is kept in the workspace: the statistics alone. The backward pass computes the normalised input
    /// again: keeping it would cost `D` elements per row and layer.
    init(_ input: Tensor, norm: Norm?, _ workspace: Workspace) throws(BackendError) {
        self.input = input
        self.norm = norm
        statistics = try norm.map { norm throws(BackendError) in
            try workspace.tensor(rows: input.rows, columns: norm.statisticsWidth, elementType: .float32)
        }
    }

    /// The normalised rows, as scratch.
    func forward(on backend: any Backend, context: PassContext) throws(BackendError) -> Tensor {
        guard let norm, let statistics else { return input }
        let normed = try context.workspace.tensor(rows: input.rows, columns: input.columns)
        context.measure(.norm) {
            backend.normalize(input, norm: norm, output: normed, statistics: statistics)
        }
        return normed
    }

    /// Adds the gradient of the input to `dInput`.
    func backward(_ dNormed: Tensor, adding dInput: Tensor, on backend: any Backend, context: PassContext) {
        guard let norm, let statistics else {
            context.measure(.residual) { backend.accumulate(dNormed, scale: 1, into: dInput) }
            return
        }
        context.measure(.norm) {
            backend.normalizeBackward(
                dOutput: dNormed, input: input, norm: norm, statistics: statistics, dInput: dInput)
        }
    }
}
