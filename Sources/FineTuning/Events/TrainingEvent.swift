public import ClassificationData
public import Diagnostics
import Inference

/// What a training run reports; the trainer itself prints nothing.
public enum TrainingEvent: Sendable {
    /// The run is about to start, with its plan.
    case started(TrainingPlan)
    /// The run continues from a checkpoint.
    case resumed(ResumeReport)
    /// The base is still being hashed, although everything else is ready: so many of its bytes have been read.
    case hashingBase(doneBytes: Int, totalBytes: Int)
    /// Progress of tokenization or validation, which have no steps.
    case working(WorkProgress)
    /// An optimizer step is done.
    case step(StepReport)
    /// A validation is done.
    case evaluated(EvaluationReport)
    /// The predictions of a validation; follows `evaluated`.
    case predicted(ValidationPredictions)
    /// An epoch has ended.
    case epoch(EpochReport)
    /// A checkpoint is complete on disk.
    case saved(SaveReport)
    /// A warning for the user.
    case warning(TrainingWarning)
    /// The run has ended without an error.
    case finished(TrainingResult)
}

/// Where a run continues.
public struct ResumeReport: Sendable, Hashable {
    /// The checkpoint it continues from.
    public let checkpoint: String
    /// The number of optimizer steps already done.
    public let step: Int
    /// The number of completed epochs.
    public let epochs: Int
}

/// One optimizer step.
public struct StepReport: Sendable, Hashable {
    /// The number of optimizer steps done, this one included.
    public let step: Int
    /// The number of optimizer steps of the whole run.
    public let totalSteps: Int
    /// The epoch the step belongs to, counted from 1.
    public let epoch: Int
    /// The loss over the step's effective batch.
    public let loss: Double
    /// The share of this epoch's training predictions that were right so far.
    public let accuracy: Double
    /// The learning rate the step used.
    public let learningRate: Double
    /// The norm of all gradients before clipping.
    public let gradientNorm: Double
    /// The number of samples in the step.
    public let samples: Int
    /// The number of tokens in the step.
    public let tokens: Int
    /// Samples per second over the last steps.
    public let samplesPerSecond: Double
    /// Tokens per second over the last steps.
    public let tokensPerSecond: Double
    /// The most memory this process has used so far, in bytes.
    public let peakMemory: Int
    /// The estimated number of seconds until the run ends, without validation.
    public let secondsLeft: Double
}

/// How well the model does on the validation set.
public struct EvaluationReport: Sendable, Hashable {
    /// The number of optimizer steps done.
    public let step: Int
    /// The current epoch, or the one that just ended, counted from 1.
    public let epoch: Int
    /// The training loss over the whole validation set: its weighted mean, label smoothing included.
    public let loss: Double
    /// The share of right predictions; for multi-label, of examples whose labels are all right.
    public let accuracy: Double
    /// The unweighted mean of the classes' F1.
    public let macroF1: Double
    /// Whether this is the best so far.
    public let isBest: Bool
}

/// One epoch.
public struct EpochReport: Sendable, Hashable {
    /// The epoch's number, counted from 1.
    public let epoch: Int
    /// The number of optimizer steps done at its end.
    public let step: Int
    /// The mean training loss of the epoch's steps, weighted by their numbers of samples.
    public let trainLoss: Double
    /// The share of training predictions that were right, each made before the model learnt from the example.
    public let trainAccuracy: Double
    /// The validation at the epoch's end, or nil without validation data.
    public let validation: EvaluationReport?
    /// Whether the best evaluation so far was made in this epoch.
    public let isBest: Bool
    /// The learning rate of the epoch's last step.
    public let learningRate: Double
    /// How long the epoch took, validation and saving included; 0 in a checkpoint's history.
    public let seconds: Double
}

/// A checkpoint that was written.
public struct SaveReport: Sendable, Hashable {
    /// Which one.
    public let name: CheckpointName
    /// Its directory.
    public let path: String
    /// The optimizer steps it holds.
    public let step: Int
    /// The size of its files together.
    public let byteCount: Int
    /// How long writing took.
    public let seconds: Double
}

/// A warning for the user.
public enum TrainingWarning: Sendable, Hashable {
    /// There is no validation data, so there will be no best checkpoint.
    case noValidation
    /// About the corpus.
    case data(DataWarning)
    /// About separate validation data.
    case validationData(DataWarning)
    /// About the split.
    case split(DatasetSplit.Warning)
    /// About the class weights.
    case classWeights(Message)
    /// Validation rows whose text is also trained on: how many, of how many, and the first 20 lines.
    case validationOverlap(count: Int, of: Int, lines: [Int])
    /// The learning rate is far from what adapters are trained with.
    case unusualLearningRate(Double)
    /// Texts longer than the limit were truncated: how many, of how many, and the limit.
    case truncated(count: Int, of: Int, maxSeqLength: Int)
    /// Texts longer than the base's positions were truncated: how many, of how many, and the positions.
    case truncatedByBase(count: Int, of: Int, maxPositionEmbeddings: Int)
    /// The base is a classifier itself: the number of its labels, and whether training starts from its head or
    /// discards it.
    case baseHasHead(labels: Int, isUsed: Bool)
    /// The disk was too full to write a checkpoint; training continues and the next save tries again.
    case saveFailed(name: CheckpointName, reason: String)
    /// The run was started with another device, thread count or instruction set; results will agree closely but not
    /// bit for bit.
    case numericsDiffer(before: String, now: String)
    /// The run was started with another version of the arithmetic; results will agree closely but not bit for bit.
    case arithmeticDiffers(before: Int, now: Int)
    /// The run was started by an earlier version, which did not record these; what they are now is taken for it and
    /// recorded.
    case notRecorded([String])
    /// The run continues with another corpus than it was started with.
    case dataChanged
    /// A checkpoint of the run is damaged and was skipped.
    case checkpointSkipped(path: String, reason: Message)
    /// An older checkpoint that was replaced could not be removed.
    case leftoverStays(path: String, reason: String)
    /// The remains of an interrupted save were removed.
    case recovered([String])
    /// The learning rate stays below a hundredth of what was asked for, so the adapters hardly move.
    case rateNeverRose(largest: Double, wanted: Double)
    /// The longest sequence the base was made for is shorter than the limit in use.
    case longerThanBase(maxSeqLength: Int, maxPositionEmbeddings: Int)
}

extension TrainingWarning: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .noValidation:
            "no validation data (\(setting: .valSplit, value: "0")): no best/ will be written; use last/ or epoch-N/"
        case .data(let warning): "\(warning)"
        case .validationData(.classesWithoutExamples(let names)):
            "validation data: no example of \(LineProblem.listed(names)); its macro F1 counts \(names.count == 1 ? "it" : "each") as 0"
        case .validationData(let warning): "validation data: \(warning)"
        case .split(let warning): "\(warning)"
        case .classWeights(let message): message
        case .unusualLearningRate(let rate):
            "is \(setting: .learningRate, value: "\(rate)") meant? LoRA is trained with 1e-5 to 1e-2; \(rate > 1e-3 ? "such a rate makes the loss diverge" : "such a rate changes nothing")"
        case .truncated(let count, let total, let limit):
            "\(count) of \(total) texts are longer than \(limit) tokens and were truncated; raise \(setting: .maxSeqLength) to use all of them"
        case .validationOverlap(let count, let total, let lines):
            "\(count) of \(total) validation rows \(count == 1 ? "has a text that is" : "have texts that are") trained on, too, so validation figures are too optimistic, and best/ is chosen by them: \(lines.count == 1 ? "line" : "lines") \(lines.map(String.init).joined(separator: ", "))\(count > lines.count ? ", …" : ""); give other rows with \(setting: .valData)"
        case .truncatedByBase(let count, let total, let limit):
            "\(count) of \(total) texts are longer than the \(limit) tokens that the base has positions for, and were truncated; shorten or split the texts, or choose a base with more positions"
        case .baseHasHead(let labels, true):
            "the base is a classifier of \(labels) labels itself: training starts from its head, so its label i must mean this corpus's label i"
        case .baseHasHead(let labels, false):
            "the base is a classifier of \(labels) labels itself: its head is discarded, because this corpus has another number of labels"
        case .saveFailed(let name, let reason):
            "\(name.directoryName)/ could not be written: \(reason); training continues and the next save tries again"
        case .numericsDiffer(let before, let now):
            "the run was started with \(before) and continues with \(now): results will agree closely, not bit for bit"
        case .arithmeticDiffers(let before, let now):
            "the run was started with version \(before) of the arithmetic and continues with version \(now): results will agree closely, not bit for bit"
        case .notRecorded(let names):
            "an earlier version of apr started the run and did not record \(names.joined(separator: ", ")); make sure that nothing of it has changed: the run continues with what is there now, and records it"
        case .dataChanged:
            "the data has changed since the run was started: it continues at its last step, the best checkpoint so far was chosen on the old data, and the result will differ from that of a run on either corpus alone"
        case .checkpointSkipped(let path, let reason): "\(path) was skipped: \(reason)"
        case .leftoverStays(let path, let reason):
            "\(path) is no longer needed but could not be removed: \(reason)"
        case .recovered(let actions):
            "an earlier save was interrupted; cleaned up: \(actions.joined(separator: ", "))"
        case .rateNeverRose(let largest, let wanted):
            "the learning rate reaches \(largest) at most, less than 1 % of \(wanted): the run ends within its warm-up and the adapters hardly move; train for more steps or lower \(setting: .warmupRatio)"
        case .longerThanBase(let limit, let base):
            "the base was made for \(base) tokens; \(setting: .maxSeqLength, value: "\(limit)") goes beyond that"
        }
    }
}

/// The predictions of a validation for every example.
public struct ValidationPredictions: Sendable {
    /// The number of optimizer steps done.
    public let step: Int
    /// The current epoch, or the one that just ended, counted from 1.
    public let epoch: Int
    /// Whether the validation is the best so far.
    public let isBest: Bool
    /// The validation examples.
    public let examples: [Example]
    /// The logits, `[examples, labels]` row by row.
    public let logits: [Float]
}
