/// The progress of a pass over many texts.
public struct WorkProgress: Sendable, Hashable {
    /// The kind of work.
    public enum Task: String, Sendable, Hashable {
        /// Texts are converted to token ids.
        case tokenizing
        /// The model runs over the validation data.
        case validating
        /// The model runs over evaluation data.
        case evaluating
        /// The model runs over texts to classify.
        case predicting
    }

    /// The kind of work.
    public let task: Task
    /// The number of texts done.
    public let texts: Int
    /// The number of texts in all.
    public let totalTexts: Int
    /// The number of tokens done.
    public let tokens: Int
    /// The share of the work done, from 0 to 1: of the tokens if their number is known, else of the texts.
    public let share: Double

    package init(task: Task, texts: Int, totalTexts: Int, tokens: Int, share: Double) {
        self.task = task
        self.texts = texts
        self.totalTexts = totalTexts
        self.tokens = tokens
        self.share = share
    }
}
