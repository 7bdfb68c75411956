import TransformerModels

/// How a run keeps to its memory: how many tokens it works on at a time, and how it treats those that are more.
struct MemoryPlan: Sendable {
    /// The program itself, and what an entry of the vocabulary takes in the tokenizer.
    private static let program = 48 << 20
    private static let perVocabularyEntry = 700
    /// Below so many tokens, computing layers twice costs less than ever smaller products.
    private static let fewTokens = 64

    /// The most tokens of a micro-batch, unless a single text is longer.
    let tokenBudget: Int
    /// Whether every micro-batch computes its layers again on the way back.
    let alwaysRecomputes: Bool
    /// What the run is expected to take at its peak, in bytes, mapped weights included.
    let estimate: Int

    /// - Throws: `TrainingError.tooLittleMemory` with the least that is possible.
    init(setup: TrainingSetup, model: SequenceClassifier) throws(TrainingError) {
        let config = setup.config
        let memory = model.memory(hasDropout: config.loraDropout > 0)
        let longest = max(setup.train.longest, setup.validation?.longest ?? 0, 1)
        let texts = setup.dataset.examples.reduce(0) { $0 + $1.text.utf8.count }
        let tokens = setup.train.tokenCount + (setup.validation?.tokenCount ?? 0)
        let fixed =
            memory.fixed + Self.program + Self.perVocabularyEntry * setup.base.config.vocabSize
            + 2 * texts + 4 * tokens
        // Nothing is gained by room for more tokens than a step has.
        let wanted = min(config.tokenBudget, max(longest, setup.longestStep))

        guard let limit = config.maxMemory else {
            tokenBudget = config.tokenBudget
            alwaysRecomputes = false
            estimate = fixed + max(wanted * memory.perToken, longest * memory.perTokenRecomputing)
            return
        }
        let least = fixed + longest * memory.perTokenRecomputing
        guard limit >= least else { throw .tooLittleMemory(limit: limit, least: least) }
        let kept = (limit - fixed) / memory.perToken
        alwaysRecomputes = kept < min(Self.fewTokens, longest)
        let room = alwaysRecomputes ? (limit - fixed) / memory.perTokenRecomputing : kept
        tokenBudget = min(config.tokenBudget, room)
        let used = min(tokenBudget, wanted)
        estimate =
            fixed
            + max(
                used * (alwaysRecomputes ? memory.perTokenRecomputing : memory.perToken),
                longest * (longest > tokenBudget || alwaysRecomputes ? memory.perTokenRecomputing : 0))
    }

    /// Whether a micro-batch computes its layers again on the way back.
    func recomputes(tokens: Int) -> Bool { alwaysRecomputes || tokens > tokenBudget }
}
