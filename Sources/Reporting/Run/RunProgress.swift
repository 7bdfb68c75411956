public import JSONCore

/// How far a run has come, from its log alone.
public struct RunProgress: Sendable, Hashable {
    private static let window = 20

    public let log: RunLog
    public let state: RunState

    public init(log: RunLog, state: RunState) {
        self.log = log
        self.state = state
    }

    /// The number of optimizer steps done.
    public var step: Int { max(log.steps.last?.step ?? 0, log.starts.last?.step ?? 0) }
    /// The number of optimizer steps of the run; nil when the log does not say.
    public var totalSteps: Int? { log.starts.last.map(\.totalSteps) }
    /// The share of the steps that is done.
    public var share: Double {
        guard let totalSteps, totalSteps > 0 else { return 0 }
        return min(1, Double(step) / Double(totalSteps))
    }
    /// The epoch under way or just ended, counted from 1.
    public var epoch: Int { log.steps.last?.epoch ?? log.epochs.last?.epoch ?? 1 }
    /// The number of epochs of the run.
    public var totalEpochs: Int? { log.starts.last.map(\.epochs) }

    /// How long a step takes lately, from its tokens and their rate.
    public var secondsPerStep: Double? {
        guard let rate = log.steps.last?.tokensPerSecond, rate > 0 else { return nil }
        let recent = log.steps.suffix(Self.window)
        return Double(recent.map(\.tokens).saturatingSum) / Double(recent.count) / rate
    }

    /// The estimated time to the end, validation and saving left out; nil when nothing is known or left.
    public var secondsLeft: Double? {
        guard state == .running, let totalSteps, totalSteps > step else { return nil }
        return secondsPerStep.map { $0 * Double(totalSteps - step) }
    }

    /// How many more epochs may pass without improvement; nil where none stops training.
    public var patienceLeft: Int? {
        guard let patience = log.starts.last?.patience, patience > 0 else { return nil }
        return max(0, patience - log.epochsWithoutImprovement)
    }

    /// Everything, for programs.
    public var json: JSONObject {
        let last = log.steps.last
        return [
            "schema_version": 1, "state": .string(state.rawValue),
            "reason": log.end.map { .string($0.reason) } ?? .null,
            "error": log.end?.error.map { .string($0) } ?? .null,
            "step": JSONValue(step), "total_steps": totalSteps.map { JSONValue($0) } ?? .null,
            "epoch": JSONValue(epoch), "total_epochs": totalEpochs.map { JSONValue($0) } ?? .null,
            "share": JSONValue(share), "seconds_left": secondsLeft.map { JSONValue($0) } ?? .null,
            "loss": last.map { JSONValue($0.loss) } ?? .null,
            "accuracy": last.map { JSONValue($0.accuracy) } ?? .null,
            "learning_rate": last.map { JSONValue($0.learningRate) } ?? .null,
            "grad_norm": last.map { JSONValue($0.gradientNorm) } ?? .null,
            "tokens_per_second": last.map { JSONValue($0.tokensPerSecond) } ?? .null,
            "memory_bytes": last.map { JSONValue($0.memory) } ?? .null,
            "best": log.best.map { best in
                [
                    "epoch": JSONValue(best.epoch), "step": JSONValue(best.step),
                    "val_loss": JSONValue(best.loss), "val_accuracy": JSONValue(best.accuracy),
                    "val_macro_f1": JSONValue(best.macroF1),
                ]
            } ?? .null,
            "patience_left": patienceLeft.map { JSONValue($0) } ?? .null,
        ]
    }
}
