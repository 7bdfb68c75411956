/// How far a pass over many texts has come.
public struct WorkProgress: Sendable, Hashable {
    /// What is being done with the texts.
    public enum Task: String, Sendable, Hashable {
        /// Texts become token ids.
        case tokenizing
        /// The model runs over the validation data.
        case validating
        /// The model runs over data that is to be measured.
        case evaluating
        /// The model runs over texts that are to be classified.
        case predicting
    }

    /// What is being done.
    public let task: Task
    /// The number of texts done.
    public let texts: Int
    /// The number of texts in all.
    public let totalTexts: Int
    /// The number of tokens done.
    public let tokens: Int
    /// The share of the work done, from 0 to 1: of the tokens where they are known beforehand, else of the texts.
    public let share: Double

    package init(task: Task, texts: Int, totalTexts: Int, tokens: Int, share: Double) {
        self.task = task
        self.texts = texts
        self.totalTexts = totalTexts
        self.tokens = tokens
        self.share = share
    }
}
