import ClassificationData
import TensorCore
import TransformerModels

extension TrainingSetup {
    /// The memory of the program itself, and of a vocabulary entry in the tokenizer, in bytes.
    private static let programBytes = 48 << 20
    private static let bytesPerVocabularyEntry = 700

    /// The device's plan to stay within the run's memory.
    ///
    /// - Throws: `TrainingError.tooLittleMemory` with the least that is possible.
    func memoryPlan(for model: SequenceClassifier) throws -> TrainingMemoryPlan {
        let texts = dataset.examples.reduce(0) { $0 + $1.text.utf8.count }
        let tokens = train.tokenCount + (validation?.tokenCount ?? 0)
        let demand = TrainingDemand(
            shape: model.shape(hasDropout: config.loraDropout > 0),
            longestText: max(train.longest, validation?.longest ?? 0, 1), longestStep: longestStep,
            hostBytes: Self.programBytes + Self.bytesPerVocabularyEntry * base.config.vocabSize + 2 * texts
                + 4 * tokens,
            limit: config.maxMemory, tokenBudget: config.tokenBudget)
        do throws(BackendError) {
            return try base.backend.planTraining(demand)
        } catch {
            if case .limitTooLow(let limit, let least) = error {
                throw TrainingError.tooLittleMemory(limit: limit, least: least)
            }
            throw error
        }
    }
}
