extension Backend {
    /// `output = norm(tokens[ids] + positions[position] + tokenTypes[type])`, where parts that the block does not
    /// have are left out.
    ///
    /// - Parameter output: `[T, D]`.
    public func embeddingBlock(
        _ block: EmbeddingBlock, context: PassContext, output: Tensor
    ) throws(BackendError) {
        let workspace = context.workspace
        let mark = workspace.mark
        defer { workspace.release(to: mark) }
        let sum =
            block.norm == nil ? output : try workspace.tensor(rows: output.rows, columns: output.columns)
        context.measure(.embedding) {
            lookUp(block.tokens, .inputIDs, offset: 0, batch: context.batch, adds: false, output: sum)
            if let (table, first) = block.positions {
                lookUp(table, .positions, offset: first, batch: context.batch, adds: true, output: sum)
            }
            if let table = block.tokenTypes {
                lookUp(table, .tokenTypeIDs, offset: 0, batch: context.batch, adds: true, output: sum)
            }
        }
        guard let norm = block.norm else { return }
        let statistics = try workspace.tensor(
            rows: output.rows, columns: norm.statisticsWidth, elementType: .float32)
        context.measure(.norm) { normalize(sum, norm: norm, output: output, statistics: statistics) }
    }
}
