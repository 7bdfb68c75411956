public import JSONCore

/// What `metrics.jsonl` says of a run, line by line.
public struct RunLog: Sendable, Hashable {
    /// Where a process began to train.
    public struct Start: Sendable, Hashable {
        /// The number of steps done by then.
        public let step: Int
        /// When, in RFC 3339.
        public let at: String
        /// The number of optimizer steps of the whole run.
        public let totalSteps: Int
        /// The number of optimizer steps of an epoch.
        public let stepsPerEpoch: Int
        /// The number of epochs of the whole run.
        public let epochs: Int
        /// The number of training examples.
        public let trainExamples: Int
        /// The number of validation examples.
        public let validationExamples: Int
        /// What decides which checkpoint is the best: `loss`, `accuracy` or `macro_f1`.
        public let metricForBest: String
        /// After so many epochs without improvement training stops; 0 never.
        public let patience: Int
    }

    /// One optimizer step.
    public struct Step: Sendable, Hashable {
        public let step: Int
        public let epoch: Int
        public let loss: Double
        public let accuracy: Double
        public let learningRate: Double
        public let gradientNorm: Double
        public let samplesPerSecond: Double
        public let tokensPerSecond: Double
        public let tokens: Int
        /// The most memory the process had used, in bytes; 0 when not known.
        public let memory: Int
    }

    /// One validation.
    public struct Evaluation: Sendable, Hashable {
        public let step: Int
        public let epoch: Int
        public let loss: Double
        public let accuracy: Double
        public let macroF1: Double
        public let isBest: Bool
    }

    /// One epoch.
    public struct Epoch: Sendable, Hashable {
        public let epoch: Int
        public let step: Int
        public let trainLoss: Double
        public let trainAccuracy: Double
        public let isBest: Bool
        public let learningRate: Double
        public let seconds: Double
    }

    /// How a process ended.
    public struct End: Sendable, Hashable {
        /// When, in RFC 3339.
        public let at: String
        /// `completed`, `stopped_early`, `interrupted` or `failed`.
        public let reason: String
        /// How long that process trained.
        public let seconds: Double
        /// What went wrong, when something did.
        public let error: String?
    }

    /// The processes that trained, in order.
    public private(set) var starts: [Start] = []
    /// The steps, in order.
    public private(set) var steps: [Step] = []
    /// The validations, in order.
    public private(set) var evaluations: [Evaluation] = []
    /// The epochs, in order.
    public private(set) var epochs: [Epoch] = []
    /// How the last process ended; nil while it runs, and when it was killed.
    public private(set) var end: End?
    /// How long the processes before the last one trained, as far as they said.
    public private(set) var earlierSeconds = 0.0

    /// An empty log.
    public init() {}

    /// The best validation so far.
    public var best: Evaluation? { evaluations.last(where: \.isBest) }

    /// How many epochs have ended in a row without improvement.
    public var epochsWithoutImprovement: Int { epochs.reversed().prefix { !$0.isBest }.count }

    /// Takes in one line; a line of a kind that is not known is passed over.
    public mutating func add(_ line: JSONObject) {
        let reader = LineReader(line: line)
        guard let step = reader.count("step") else { return }
        switch line["type"]?.string {
        case "start":
            if let end { earlierSeconds += end.seconds }
            end = nil
            starts.append(Start(reader, step: step))
        case "step": steps.append(Step(reader, step: step))
        case "evaluation": evaluations.append(Evaluation(reader, step: step))
        case "epoch": epochs.append(Epoch(reader, step: step))
        case "end": end = End(reader)
        default: break
        }
    }
}

/// Takes members out of a line; what is missing counts as nothing.
private struct LineReader {
    let line: JSONObject

    func count(_ key: String) -> Int? { line.count(key) }
    func bytes(_ key: String) -> Int? { line.count(key, limit: JSONNumber.integerRange.upperBound) }
    func number(_ key: String) -> Double { line[key]?.double ?? .nan }
    func text(_ key: String) -> String { line[key]?.string ?? "" }
    func flag(_ key: String) -> Bool { line[key]?.bool ?? false }
}

extension RunLog.Start {
    fileprivate init(_ line: LineReader, step: Int) {
        self.init(
            step: step, at: line.text("at"), totalSteps: line.count("total_steps") ?? 0,
            stepsPerEpoch: max(1, line.count("steps_per_epoch") ?? 1), epochs: line.count("epochs") ?? 0,
            trainExamples: line.count("train_examples") ?? 0,
            validationExamples: line.count("validation_examples") ?? 0,
            metricForBest: line.text("metric_for_best"), patience: line.count("early_stopping_patience") ?? 0)
    }
}

extension RunLog.Step {
    fileprivate init(_ line: LineReader, step: Int) {
        self.init(
            step: step, epoch: line.count("epoch") ?? 0, loss: line.number("loss"),
            accuracy: line.number("accuracy"), learningRate: line.number("learning_rate"),
            gradientNorm: line.number("grad_norm"), samplesPerSecond: line.number("samples_per_second"),
            tokensPerSecond: line.number("tokens_per_second"), tokens: line.count("tokens") ?? 0,
            memory: line.bytes("memory_bytes") ?? 0)
    }
}

extension RunLog.Evaluation {
    fileprivate init(_ line: LineReader, step: Int) {
        self.init(
            step: step, epoch: line.count("epoch") ?? 0, loss: line.number("val_loss"),
            accuracy: line.number("val_accuracy"), macroF1: line.number("val_macro_f1"),
            isBest: line.flag("is_best"))
    }
}

extension RunLog.Epoch {
    fileprivate init(_ line: LineReader, step: Int) {
        self.init(
            epoch: line.count("epoch") ?? 0, step: step, trainLoss: line.number("train_loss"),
            trainAccuracy: line.number("train_accuracy"), isBest: line.flag("is_best"),
            learningRate: line.number("learning_rate"), seconds: line.number("seconds"))
    }
}

extension RunLog.End {
    fileprivate init(_ line: LineReader) {
        let seconds = line.number("seconds")
        self.init(
            at: line.text("at"), reason: line.text("reason"), seconds: seconds.isFinite ? seconds : 0,
            error: line.line["error"]?.string)
    }
}
