/// Cuts samples into packed batches that a pass can hold.
///
/// Samples go longest first, so that a batch's are of similar length, and a batch ends when one more would exceed
/// the token budget or the row limit. A last batch of few tokens would use the machine badly, so the limit is lowered
/// as far as the number of batches stays the same. The sum of the batches' gradients is that of the whole, however
/// it is cut.
package enum MicroBatches {
    /// The indices of the samples of each batch.
    ///
    /// - Parameters:
    ///   - lengths: the samples' lengths in tokens; an empty sample takes one.
    ///   - tokenBudget: the most tokens in a batch, unless a single sample is longer.
    ///   - rowLimit: the most samples in a batch.
    /// - Returns: indices into `lengths`, each once.
    package static func cut(lengths: [Int], tokenBudget: Int, rowLimit: Int) -> [[Int]] {
        let order = lengths.indices.sorted { left, right in
            lengths[left] != lengths[right] ? lengths[left] > lengths[right] : left < right
        }
        let full = batches(order, lengths: lengths, tokenBudget: tokenBudget, rowLimit: rowLimit)
        let tokens = lengths.reduce(0) { $0 + max(1, $1) }
        // With many batches the last one hardly counts.
        guard (2...16).contains(full.count) else { return full }
        for share in stride(from: tokens / full.count, to: tokenBudget, by: max(1, tokenBudget / 32)) {
            let even = batches(order, lengths: lengths, tokenBudget: share, rowLimit: rowLimit)
            if even.count == full.count { return even }
        }
        return full
    }

    private static func batches(
        _ order: [Int], lengths: [Int], tokenBudget: Int, rowLimit: Int
    ) -> [[Int]] {
        var batches: [[Int]] = []
        var current: [Int] = []
        var tokens = 0
        for index in order {
            let length = max(1, lengths[index])
            if !current.isEmpty, current.count == rowLimit || tokens + length > tokenBudget {
                batches.append(current)
                current = []
                tokens = 0
            }
            current.append(index)
            tokens += length
        }
        if !current.isEmpty { batches.append(current) }
        return batches
    }
}
