import ClassificationData
import Evaluation
import FineTuning

/// What a run is going to do, for people.
struct PlanText {
    private static let shownLabels = 20

    let plan: TrainingPlan

    /// The lines, without the warnings.
    var lines: [String] {
        var lines = [
            fact("base", "\(plan.baseName), \(plan.architecture)"),
            fact(
                "parameters",
                "\(NumberFormat.parameters(plan.parameterCount)), of which \(NumberFormat.parameters(plan.nonEmbeddingParameterCount)) outside the embeddings"
            ),
            fact("trained", trained),
            fact("head", head),
            fact("data", data),
        ]
        lines += labelLines
        if let template = plan.config.template { lines.append(fact("template", template.escaped)) }
        lines += [
            fact(
                "tokens",
                "\(NumberFormat.count(plan.tokensPerEpoch)) per epoch\(plan.lengths.map { "; \(lengths($0))" } ?? "")"
            ),
            fact("steps", steps),
            fact("class weights", classWeights),
            fact("memory", "about \(NumberFormat.bytes(plan.memoryEstimate))"),
        ]
        if let seconds = plan.secondsEstimate {
            lines.append(fact("time", "about \(NumberFormat.duration(seconds)), by the time of a step"))
        }
        lines += [
            fact("device", plan.device),
            fact("output", plan.config.checkpointDir),
        ]
        return lines + choiceLines
    }

    private var trained: String {
        let config = plan.config
        let modules = config.resolvedTargetModules.joined(separator: ", ")
        return
            "\(NumberFormat.parameters(plan.trainableParameterCount)) (\(NumberFormat.percent(plan.trainableShare, decimals: 2))): rank \(config.loraRank), alpha \(NumberFormat.fixed(config.loraAlpha, decimals: config.loraAlpha == config.loraAlpha.rounded() ? 0 : 2)) on \(modules), and the head"
    }

    private var head: String {
        switch plan.head {
        case .new: "new"
        case .takenOver: "taken over from the base, which has as many labels"
        case .discarded(let count):
            "new; the base's own head for \(NumberFormat.counted(count, "label")) is discarded"
        }
    }

    private var data: String {
        let kind = plan.problemType == .singleLabel ? "classes" : "labels (any number per text)"
        return
            "\(NumberFormat.counted(plan.trainExamples, "example")) to train on, \(NumberFormat.count(plan.validationExamples)) to validate on, \(plan.labels.count) \(kind)"
    }

    private func lengths(_ lengths: TextLengths) -> String {
        let limit = NumberFormat.count(plan.lengthLimit)
        let cut =
            lengths.truncatedCount == 0
            ? "limit \(limit), nothing cut"
            : "limit \(limit) cuts \(NumberFormat.percent(lengths.truncatedTokenShare)) of the tokens"
        return
            "a text has \(NumberFormat.count(lengths.median)) (median), \(NumberFormat.count(lengths.percentile95)) (95 %), at most \(NumberFormat.count(lengths.longest)); \(cut)"
    }

    private var steps: String {
        let config = plan.config
        let batch =
            config.gradientAccumulationSteps == 1
            ? "\(config.batchSize)" : "\(config.batchSize) x \(config.gradientAccumulationSteps)"
        return
            "\(NumberFormat.count(plan.totalSteps)) of batch \(batch), \(NumberFormat.count(plan.stepsPerEpoch)) per epoch; learning rate up to \(NumberFormat.scientific(config.learningRate)), \(config.lrScheduler.rawValue) after \(NumberFormat.counted(plan.warmupSteps, "step")) of warm-up"
    }

    private var classWeights: String {
        guard let weights = plan.classWeights else { return "none" }
        let shown = weights.prefix(Self.shownLabels).map { NumberFormat.fixed($0, decimals: 3) }.joined(
            separator: ", ")
        return "\(plan.classWeightRule): \(shown)\(weights.count > Self.shownLabels ? ", …" : "")"
    }

    /// The flags that would give what rules chose, and why they chose it.
    private var choiceLines: [String] {
        guard !plan.choices.isEmpty else { return [] }
        let flags = plan.choices.map { $0.flag(in: plan.config) }
        let width = flags.map(\.count).max() ?? 0
        return ["", "chosen by apr; a flag of yours replaces each:"]
            + zip(flags, plan.choices).map { flag, choice in
                "  " + DisplayWidth.left(flag, width + 2) + FlagName.text(choice.reason)
            }
    }

    private var labelLines: [String] {
        var table = TextTable(header: ["label", "train", "validation"])
        for (index, name) in plan.labels.names.prefix(Self.shownLabels).enumerated() {
            table.add([
                DisplayWidth.fitted(name, to: 40), NumberFormat.count(plan.trainCounts[index]),
                NumberFormat.count(plan.validationCounts[index]),
            ])
        }
        let rest = plan.labels.count - Self.shownLabels
        return table.lines.map { "  " + $0 } + (rest > 0 ? ["    and \(NumberFormat.count(rest)) more"] : [])
    }

    private func fact(_ name: String, _ value: String) -> String {
        "  " + DisplayWidth.left(name, 14) + value
    }
}
