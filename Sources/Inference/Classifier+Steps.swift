import ClassificationData
import Evaluation
import Platform
public import TensorCore
package import TextTokenization
import TransformerModels

/// Texts as token ids.
public struct TokenizedTexts: Sendable {
    /// The ids of each text, numbered by the text's index.
    public let sequences: [TokenSequence]
    /// Whether each text was longer than the classifier's limit and was truncated.
    public let isTruncated: [Bool]
    /// How many texts were truncated.
    public var truncatedCount: Int { isTruncated.count { $0 } }
    /// The tokens of all texts; an empty one counts for one.
    public let tokenCount: Int
}

/// One text as token ids.
package struct TokenizedText: Sendable {
    /// The ids; those beyond the limit are left out.
    package let ids: [Int32]
    /// The tokens of the whole text.
    package let fullCount: Int
    /// Whether the text was longer than the limit.
    package let isTruncated: Bool
}

/// Sequences that the model reads in one pass.
public struct PredictionBatch: Sendable {
    /// The indices of the sequences, in the order of the batch's rows.
    public let indices: [Int]
    /// The sequences, packed for the model.
    public let packed: PackedBatch
}

// The steps of a prediction, for a caller that has a queue of texts and schedules each step itself.
extension Classifier {
    /// The first step: texts become token ids.
    ///
    /// - Throws: `ClassifierError.vocabularyMismatch` for an id the model has no embedding for.
    public func tokenize(_ texts: [String]) throws(ClassifierError) -> TokenizedTexts {
        var sequences: [TokenSequence] = []
        sequences.reserveCapacity(texts.count)
        var isTruncated = [Bool](repeating: false, count: texts.count)
        var tokenCount = 0
        for (index, text) in texts.enumerated() {
            let tokenized = try tokenize(text)
            isTruncated[index] = tokenized.isTruncated
            tokenCount += max(1, tokenized.ids.count)
            sequences.append(TokenSequence(sampleID: index, inputIDs: tokenized.ids))
        }
        return TokenizedTexts(sequences: sequences, isTruncated: isTruncated, tokenCount: tokenCount)
    }

    /// One text as token ids, for a caller that decides how it is truncated.
    ///
    /// - Parameters:
    ///   - other: a tokenizer that drops the other end of a text; nil for the classifier's own.
    ///   - limit: the most tokens; nil for the classifier's limit.
    ///   - addSpecialTokens: whether the tokenizer's special tokens are added.
    /// - Throws: as `tokenize(_:)` for many texts.
    package func tokenize(
        _ text: String, with other: Tokenizer? = nil, limit: Int? = nil, addSpecialTokens: Bool = true
    ) throws(ClassifierError) -> TokenizedText {
        let tokenizer = other ?? self.tokenizer
        let text = template?.applied(to: text) ?? text
        // A limit that no text reaches overrides the one in the tokenizer file.
        var ids = tokenizer.encode(text, addSpecialTokens: addSpecialTokens, maxLength: .max)
        let fullCount = ids.count
        let limit = min(limit ?? maxSeqLength, maxSeqLength)
        if fullCount > limit {
            ids = tokenizer.encode(text, addSpecialTokens: addSpecialTokens, maxLength: limit)
        }
        try check(ids)
        return TokenizedText(ids: ids, fullCount: fullCount, isTruncated: fullCount > limit)
    }

    /// Refuses an id for which the model has no embedding.
    package func check(_ ids: [Int32]) throws(ClassifierError) {
        let vocabSize = model.base.config.vocabSize
        if let id = ids.first(where: { !(0..<Int32(vocabSize)).contains($0) }) {
            throw .vocabularyMismatch(id: Int(id), vocabSize: vocabSize)
        }
    }

    /// The second step: groups sequences of similar length into batches, up to a number of tokens.
    ///
    /// - Parameter tokenBudget: the most tokens in a batch, unless a single sequence is longer; nil takes the
    ///   classifier's budget.
    public func batches(_ sequences: [TokenSequence], tokenBudget: Int? = nil) -> [PredictionBatch] {
        MicroBatches.cut(
            lengths: sequences.map(\.inputIDs.count), tokenBudget: tokenBudget ?? self.tokenBudget,
            rowLimit: .max
        ).map { indices in
            PredictionBatch(
                indices: indices,
                packed: model.pack(indices.map { sequences[$0] }, padTokenID: padToken.id))
        }
    }

    /// The third step: the model's pass over a batch.
    ///
    /// - Returns: the logits, `[rows, labels]` row by row.
    /// - Throws: `FileError` naming the tensor of the base whose NaN or infinity reaches the logits;
    ///   `ClassifierError.overflow` if the weights are finite and the logits are not; or what the backend throws.
    public func logits(of batch: PackedBatch) throws -> [Float] {
        let workspace = workspaces.withLock { $0.popLast() } ?? model.backend.makeWorkspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        let logits = try model.logits(batch, workspace: workspace)
        guard logits.allSatisfy(\.isFinite) else {
            try model.base.checkFinite()
            throw ClassifierError.overflow(base: baseDirectory)
        }
        return logits
    }

    /// The prediction for the logits of one text.
    ///
    /// - Parameters:
    ///   - logits: one for each class.
    ///   - isTruncated: whether the text was truncated.
    public func prediction(_ logits: [Float], isTruncated: Bool = false) -> Prediction {
        switch problemType {
        case .singleLabel:
            let probabilities = decision.softmax(logits)
            let label = Probabilities.argmax(probabilities)
            return Prediction(
                labels: [label], labelNames: [labels[label]], probabilities: probabilities, logits: logits,
                isTruncated: isTruncated)
        case .multiLabel:
            let probabilities = logits.map { Probabilities.sigmoid($0) }
            let chosen = probabilities.indices.filter { probabilities[$0] >= decision.threshold(of: $0) }
            return Prediction(
                labels: chosen, labelNames: chosen.map { labels[$0] }, probabilities: probabilities,
                logits: logits, isTruncated: isTruncated)
        }
    }
}
