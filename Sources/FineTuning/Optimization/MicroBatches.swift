/// Cuts samples into packed batches that a pass can hold.
///
/// Samples go longest first, so that a batch's are of similar length, and a batch ends when one more would exceed
/// the token budget or the row limit. The sum of the batches' gradients is that of the whole, however it is cut.
package enum MicroBatches {
    /// The places of the samples of each batch.
    ///
    /// - Parameters:
    ///   - lengths: the samples' lengths in tokens; an empty sample takes one.
    ///   - tokenBudget: the most tokens in a batch, unless a single sample is longer.
    ///   - rowLimit: the most samples in a batch.
    /// - Returns: places in `lengths`, each once.
    package static func cut(lengths: [Int], tokenBudget: Int, rowLimit: Int) -> [[Int]] {
        let order = lengths.indices.sorted { left, right in
            lengths[left] != lengths[right] ? lengths[left] > lengths[right] : left < right
        }
        var batches: [[Int]] = []
        var current: [Int] = []
        var tokens = 0
        for place in order {
            let length = max(1, lengths[place])
            if !current.isEmpty, current.count == rowLimit || tokens + length > tokenBudget {
                batches.append(current)
                current = []
                tokens = 0
            }
            current.append(place)
            tokens += length
        }
        if !current.isEmpty { batches.append(current) }
        return batches
    }
}
