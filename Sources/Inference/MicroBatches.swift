/// Divides samples into packed batches that fit in a pass.
///
/// The longest samples come first, so that those of a batch have similar lengths. A batch ends when the next sample
/// would exceed the token budget or the row limit. A small last batch would be inefficient, so the budget is lowered
/// as long as the number of batches stays the same. The sum of the batches' gradients does not depend on the
/// division.
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
        // With many batches the last one hardly matters.
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
