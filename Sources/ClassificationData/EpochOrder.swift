import Diagnostics
import TensorCore

/// The order in which an epoch visits the training examples: a pure function of (seed, epoch).
///
/// No state passes from one epoch to the next, so any epoch's order can be computed from the checkpoint's seed.
public struct EpochOrder: Sendable {
    private let train: [Int]
    private let seed: UInt64
    /// With oversampling: the training indices by class; nil without.
    private let indicesByClass: [[Int]]?
    /// The number of examples that an epoch visits, repeats included.
    public let count: Int

    /// The orders of a training run.
    ///
    /// - Parameters:
    ///   - split: the split whose training side is visited.
    ///   - dataset: the corpus that was split.
    ///   - seed: the run's seed.
    ///   - oversample: repeats the examples of smaller classes until every class that has examples has as many as the
    ///     largest. The examples of a class are repeated equally often; some, chosen anew each epoch, are repeated
    ///     once more.
    /// - Throws: `DatasetError.unusable` for oversampling in a multi-label corpus.
    public init(
        _ split: DatasetSplit, of dataset: ClassifyDataset, seed: UInt64, oversample: Bool = false
    ) throws(DatasetError) {
        train = split.train
        self.seed = seed
        guard oversample else {
            indicesByClass = nil
            count = train.count
            return
        }
        guard dataset.problemType == .singleLabel else {
            throw .unusable(source: .setting(.oversample), problem: .oversamplingMultiLabel)
        }
        var indicesByClass = [[Int]](repeating: [], count: dataset.labels.count)
        for index in train {
            for label in dataset.examples[index].label.indices { indicesByClass[label].append(index) }
        }
        let largest = indicesByClass.map(\.count).max() ?? 0
        self.indicesByClass = indicesByClass
        count = largest * indicesByClass.count { !$0.isEmpty }
    }

    /// The indices in `ClassifyDataset.examples` that an epoch visits, in its order.
    ///
    /// - Parameter epoch: the epoch's number, in any numbering.
    public func indices(inEpoch epoch: Int) -> [Int] {
        let visited = indicesByClass.map { oversampled($0, epoch: epoch) } ?? train
        return random("shuffle", epoch: epoch).permutation(of: visited.count).map { visited[$0] }
    }

    private func oversampled(_ indicesByClass: [[Int]], epoch: Int) -> [Int] {
        let largest = indicesByClass.map(\.count).max() ?? 0
        var visited: [Int] = []
        visited.reserveCapacity(count)
        for (label, indices) in indicesByClass.enumerated() where !indices.isEmpty {
            for _ in 0..<largest / indices.count { visited += indices }
            let extra = random("oversample \(label)", epoch: epoch).permutation(of: indices.count)
            visited += extra.prefix(largest % indices.count).map { indices[$0] }
        }
        return visited
    }

    private func random(_ purpose: String, epoch: Int) -> CounterRandom {
        CounterRandom(seed: seed, stream: "\(purpose) \(epoch)")
    }
}
