/// A tokenized text on its way into the model.
public struct TokenSequence: Sendable, Hashable {
    /// The sample's number, which keys its dropout masks.
    public let sampleID: Int
    /// The token ids. Empty is allowed: it is read as one pad token.
    public let inputIDs: [Int32]

    /// A sequence of ids that belongs to a sample.
    public init(sampleID: Int, inputIDs: [Int32]) {
        self.sampleID = sampleID
        self.inputIDs = inputIDs
    }
}

/// Which row of a sequence the classification head reads.
public enum Pooling: Sendable, Hashable {
    /// The right-most row whose id is not the pad token's, the first when there is none: the rule of HuggingFace's
    /// decoders under `…ForSequenceClassification`.
    case lastToken
    /// The first row, as encoders have it (`[CLS]`).
    case firstToken
}

/// Sequences laid end to end without padding: what one forward pass works on.
public final class PackedBatch: Sendable {
    /// The token ids of all sequences, `[T]`.
    public let inputIDs: [Int32]
    /// Each row's position in its sequence, `[T]`.
    public let positions: [Int32]
    /// Each row's segment, `[T]`: 0 throughout for single texts.
    public let tokenTypeIDs: [Int32]
    /// Each row's sample number, `[T]`.
    public let sampleIDs: [Int32]
    /// The row at which each sequence starts, then the end of the last one, `[B + 1]`.
    public let cuSeqlens: [Int]
    /// The row the classification head reads, per sequence, `[B]`: see `Pooling`.
    public let pooledRows: [Int]

    /// The number of rows, `T`.
    public var tokenCount: Int { inputIDs.count }
    /// The number of sequences, `B`.
    public var sequenceCount: Int { cuSeqlens.count - 1 }
    /// The longest sequence's length.
    public let longestSequence: Int

    /// The pooled rows as a batch of their own: `B` sequences of one row, which keep sample ids and positions.
    public var pooled: PackedBatch { PackedBatch(pooledRowsOf: self) }

    private init(pooledRowsOf batch: PackedBatch) {
        inputIDs = batch.pooledRows.map { batch.inputIDs[$0] }
        positions = batch.pooledRows.map { batch.positions[$0] }
        tokenTypeIDs = batch.pooledRows.map { batch.tokenTypeIDs[$0] }
        sampleIDs = batch.pooledRows.map { batch.sampleIDs[$0] }
        cuSeqlens = Array(0...batch.sequenceCount)
        pooledRows = Array(0..<batch.sequenceCount)
        longestSequence = batch.longestSequence
    }

    /// Packs sequences in the order given.
    ///
    /// - Parameters:
    ///   - sequences: at least one; an empty one becomes a single pad token.
    ///   - padTokenID: the id that pooling skips, or nil when the model has none: then the last row is pooled.
    ///   - pooling: which row of each sequence the head reads.
    public init(_ sequences: [TokenSequence], padTokenID: Int32?, pooling: Pooling = .lastToken) {
        precondition(!sequences.isEmpty, "a batch needs a sequence")
        var inputIDs: [Int32] = []
        var positions: [Int32] = []
        var sampleIDs: [Int32] = []
        var starts = [0]
        var pooledRows: [Int] = []
        for sequence in sequences {
            let start = inputIDs.count
            let ids = sequence.inputIDs.isEmpty ? [padTokenID ?? 0] : sequence.inputIDs
            inputIDs += ids
            positions += 0..<Int32(ids.count)
            sampleIDs += repeatElement(Int32(truncatingIfNeeded: sequence.sampleID), count: ids.count)
            starts.append(inputIDs.count)
            switch pooling {
            case .lastToken: pooledRows.append(start + (ids.lastIndex { $0 != padTokenID } ?? 0))
            case .firstToken: pooledRows.append(start)
            }
        }
        self.inputIDs = inputIDs
        self.positions = positions
        tokenTypeIDs = [Int32](repeating: 0, count: inputIDs.count)
        self.sampleIDs = sampleIDs
        self.pooledRows = pooledRows
        cuSeqlens = starts
        longestSequence = zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0
    }
}
