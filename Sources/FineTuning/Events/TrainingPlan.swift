public import ClassificationData

/// Where the first values of a classifier's head come from.
public enum HeadOrigin: Sendable, Hashable {
    /// Random ones; the base has no head.
    case new
    /// The base's own head, which has as many labels.
    case takenOver
    /// Random ones; the base's own head has another number of labels.
    case discarded(labelCount: Int)

    init(baseLabelCount: Int?, labelCount: Int) {
        self =
            switch baseLabelCount {
            case nil: .new
            case labelCount: .takenOver
            case let count?: .discarded(labelCount: count)
            }
    }

    /// The word for programs.
    public var word: String {
        switch self {
        case .new: "new"
        case .takenOver: "taken_over"
        case .discarded: "discarded"
        }
    }
}

/// What a run is going to do, reported before it starts.
public struct TrainingPlan: Sendable {
    /// The directory of the base model.
    public let baseDirectory: String
    /// The base's name: its id on the Hub when known, else its directory's name.
    public let baseName: String
    /// The architecture of the classifier, such as `Qwen2ForSequenceClassification`.
    public let architecture: String
    /// The number of parameters of the base.
    public let parameterCount: Int
    /// The number of parameters of the base without its embeddings.
    public let nonEmbeddingParameterCount: Int
    /// The number of trained parameters.
    public let trainableParameterCount: Int
    /// The device.
    public let device: String
    /// The classes.
    public let labels: LabelMap
    /// Whether an example has one class or any number.
    public let problemType: ProblemType
    /// The number of training examples of each class.
    public let trainCounts: [Int]
    /// The number of validation examples of each class.
    public let validationCounts: [Int]
    /// The number of training examples.
    public let trainExamples: Int
    /// The number of validation examples.
    public let validationExamples: Int
    /// The number of validation examples whose text is also trained on.
    public let validationOverlap: Int
    /// Where the head's first values come from.
    public let head: HeadOrigin
    /// The number of training tokens of one epoch, after cutting.
    public let tokensPerEpoch: Int
    /// The number of tokens of each training text, then of each validation text, before cutting.
    public let textLengths: [Int]
    /// Texts longer than this are truncated: the setting, or the base's limit if that is less.
    public let lengthLimit: Int
    /// The hash of the training data: "sha256:…".
    public let dataHash: String
    /// The hash of separate validation data; nil if the corpus was split.
    public let validationHash: String?
    /// The longest training or validation text in tokens, after cutting.
    public let longestSequence: Int
    /// The number of optimizer steps of an epoch.
    public let stepsPerEpoch: Int
    /// The number of optimizer steps of the run.
    public let totalSteps: Int
    /// The number of steps of the warm-up.
    public let warmupSteps: Int
    /// The weights of the classes in the loss, or nil if all are equal.
    public let classWeights: [Double]?
    /// The rule that computed the weights.
    public let classWeightRule: ClassWeighting
    /// An estimate of the memory needed in bytes, the mapped weights included.
    public let memoryEstimate: Int
    /// About how long the run will take, validation included; nil where it was not measured.
    public let secondsEstimate: Double?
    /// The settings, those that rules chose included.
    public let config: TrainingConfig
    /// The settings that rules chose, and why.
    public let choices: [DefaultRules.Choice]
    /// Warnings for the user before the run starts.
    public let warnings: [TrainingWarning]

    /// The share of all parameters that are trained, in [0, 1].
    public var trainableShare: Double {
        Double(trainableParameterCount) / Double(parameterCount + trainableParameterCount)
    }
}

extension TrainingPlan {
    /// How long the texts are, training and validation together.
    public var lengths: TextLengths? { TextLengths(textLengths, limit: lengthLimit) }
}

/// How many tokens texts have before cutting.
public struct TextLengths: Sendable, Hashable {
    /// Half of the texts are no longer.
    public let median: Int
    /// 95 in a hundred texts are no longer.
    public let percentile95: Int
    /// The longest text.
    public let longest: Int
    /// The number of texts that are longer than the limit.
    public let truncatedCount: Int
    /// The share of all tokens that is cut off.
    public let truncatedTokenShare: Double

    /// Sums up lengths; nil without any.
    public init?(_ lengths: [Int], limit: Int) {
        let sorted = lengths.sorted()
        guard let longest = sorted.last else { return nil }
        func quantile(_ share: Double) -> Int {
            sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
        }
        median = quantile(0.5)
        percentile95 = quantile(0.95)
        self.longest = longest
        truncatedCount = sorted.count { $0 > limit }
        let total = sorted.reduce(0, +)
        truncatedTokenShare =
            total == 0 ? 0 : Double(sorted.reduce(0) { $0 + max(0, $1 - limit) }) / Double(total)
    }
}
