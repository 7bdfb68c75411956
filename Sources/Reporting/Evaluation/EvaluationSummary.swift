import Evaluation

/// The numbers of an evaluation that its charts and tables show.
public struct EvaluationSummary: Sendable, Hashable {
    static let confidenceBins = 20
    static let mistakeLimit = 25
    /// More classes than this have a matrix of those that are confused most.
    static let matrixLimit = 24
    /// That part has about so many classes.
    static let partLimit = 16
    static let confusionLimit = 20
    static let textLimit = 600

    /// One figure, with its 95 % interval where there is one.
    public struct Metric: Sendable, Hashable {
        public let name: String
        public let value: Double
        public let lower: Double?
        public let upper: Double?
    }

    /// The counts of one class.
    public struct ClassCounts: Sendable, Hashable {
        public let label: String
        public let truePositives: Int
        public let support: Int
        public let predicted: Int

        var precision: Double { predicted == 0 ? 0 : Double(truePositives) / Double(predicted) }
        var recall: Double { support == 0 ? 0 : Double(truePositives) / Double(support) }
        var f1: Double {
            ClassTally.f1(truePositives: truePositives, support: support, predicted: predicted)
        }
    }

    /// How often a class was taken for another.
    public struct Confusion: Sendable, Hashable {
        /// The index of the true class.
        public let truth: Int
        /// The index of the predicted one.
        public let predicted: Int
        public let count: Int
    }

    /// The predictions of one range of confidence.
    public struct Bin: Sendable, Hashable {
        public let lower: Double
        public let upper: Double
        public let count: Int
        /// The mean confidence; nil without a prediction.
        public let confidence: Double?
        /// How many were right.
        public let right: Int
    }

    /// A wrong prediction of high confidence.
    public struct Mistake: Sendable, Hashable {
        /// The text, shortened; nil where texts are left out.
        public let text: String?
        /// The line of the file, or nil when not known.
        public let line: Int?
        public let truth: String
        public let predicted: String
        public let confidence: Double
    }

    /// The step of the run it belongs to, if any.
    public var step: Int?
    /// The epoch it belongs to, if any.
    public var epoch: Int?
    public let isMultiLabel: Bool
    public let sampleCount: Int
    public let metrics: [Metric]
    public let classes: [ClassCounts]
    /// [true class][predicted class] of `matrixClasses`; nil for multi-label.
    public let matrix: [[Int]]?
    /// The indices of the classes of the matrix; nil for all.
    public let matrixClasses: [Int]?
    /// The most frequent confusions, the most frequent first.
    public let confusions: [Confusion]
    /// Confidence against how often it was right, in ten bins.
    public let bins: [Bin]
    /// How many right predictions lie in each twentieth of confidence.
    public let rightConfidences: [Int]
    /// How many wrong predictions lie in each twentieth of confidence.
    public let wrongConfidences: [Int]
    public let mistakes: [Mistake]

    init(
        step: Int?, epoch: Int?, isMultiLabel: Bool, sampleCount: Int, metrics: [Metric],
        classes: [ClassCounts], matrix: [[Int]]?, matrixClasses: [Int]? = nil, confusions: [Confusion] = [],
        bins: [Bin], rightConfidences: [Int], wrongConfidences: [Int], mistakes: [Mistake]
    ) {
        self.matrixClasses = matrixClasses
        self.confusions = confusions
        self.step = step
        self.epoch = epoch
        self.isMultiLabel = isMultiLabel
        self.sampleCount = sampleCount
        self.metrics = metrics
        self.classes = classes
        self.matrix = matrix
        self.bins = bins
        self.rightConfidences = rightConfidences
        self.wrongConfidences = wrongConfidences
        self.mistakes = mistakes
    }
}

/// A sample as a summary needs it.
public struct SummarySample: Sendable {
    /// The classes it has.
    public let labels: [Int]
    /// The text; nil where texts are left out.
    public let text: String?
    /// The line of the file, or nil when not known.
    public let line: Int?

    public init(labels: [Int], text: String?, line: Int?) {
        self.labels = labels
        self.text = text
        self.line = line
    }
}
