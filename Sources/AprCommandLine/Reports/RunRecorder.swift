import ClassificationData
import Evaluation
import FineTuning
import Platform
import Reporting

/// Writes the reports of a run during training: `report.html` and its companions, and TensorBoard's files.
///
/// Errors here never stop training: a warning is printed once, and the run goes on.
final class RunRecorder {
    private let directory: String
    /// The directory as it was when training began: it may be moved away, and its name given to another run.
    private var held: HeldDirectory?
    private let hasTexts: Bool
    private let console: Console
    private var tensorBoard: TensorBoardLog?
    private var facts: RunFacts?
    private var labels: [String] = []
    private var isMultiLabel = false
    private var hasComplained = false
    private let makeStudy: (TrainingPlan) -> BaselineStudy?
    private var study: BaselineStudy?

    /// - Parameters:
    ///   - directory: of the run.
    ///   - hasTexts: whether the report may show texts of the data.
    ///   - tensorBoard: where TensorBoard's files go, if anywhere.
    ///   - baselines: computes what the run has to beat; nil without validation rows.
    init(
        directory: String, hasTexts: Bool, tensorBoard: String?, console: Console,
        baselines: @escaping (TrainingPlan) -> BaselineStudy?
    ) {
        makeStudy = baselines
        self.directory = directory
        self.hasTexts = hasTexts
        self.console = console
        self.tensorBoard = tensorBoard.map { TensorBoardLog(directory: $0) }
    }

    /// Takes note of what training reports, and of its failing.
    func watching<Result>(_ training: (@escaping (TrainingEvent) -> Void) throws -> Result) throws -> Result {
        do {
            return try training { self.record($0) }
        } catch {
            fail()
            throw error
        }
    }

    private func record(_ event: TrainingEvent) {
        do {
            try tensorBoard?.record(event)
        } catch {
            tensorBoard = nil
            console.warning("no more figures for TensorBoard: \(FlagName.text(of: error))")
        }
        switch event {
        case .started(let plan): start(plan)
        case .resumed(let report): resume(atStep: report.step)
        case .warning(.validationOverlap(let count, _, _)): facts?.validationOverlap = count
        case .predicted(let predictions) where predictions.isBest: sumUp(predictions)
        case .epoch: write(isInUse: true)
        case .finished: write(isInUse: false)
        default: break
        }
    }

    private func fail() {
        try? tensorBoard?.end(succeeded: false)
        if facts != nil { write(isInUse: false) }
    }

    private func start(_ plan: TrainingPlan) {
        held = try? HeldDirectory(path: directory)
        labels = plan.labels.names
        isMultiLabel = plan.problemType == .multiLabel
        facts = RunFacts(
            baseName: plan.baseName, labels: labels, trainCounts: plan.trainCounts,
            validationCounts: plan.validationCounts, validationOverlap: plan.validationOverlap,
            lengths: LengthHistogram(lengths: plan.textLengths, limit: plan.lengthLimit),
            environment: [
                .init("apr", ProductVersion.current), .init("device", plan.device),
                .init("architecture", plan.architecture),
                .init("parameters", NumberFormat.parameters(plan.parameterCount)),
                .init(
                    "trained",
                    "\(NumberFormat.parameters(plan.trainableParameterCount)) (\(NumberFormat.percent(plan.trainableShare, decimals: 2)))"
                ),
                .init("training examples", NumberFormat.count(plan.trainExamples)),
                .init(
                    "validation examples",
                    NumberFormat.count(plan.validationExamples)
                        + (plan.validationOverlap == 0
                            ? "" : ", of which \(NumberFormat.count(plan.validationOverlap)) are trained on")),
                .init("tokens per epoch", NumberFormat.count(plan.tokensPerEpoch)),
                .init("class weights", plan.classWeightRule.description),
            ])
        study = makeStudy(plan)
        facts?.baselines = study?.figures(besides: nil)
    }

    /// What the run has to beat, and what it comes to.
    var baselines: BaselineFigures? { facts?.baselines }

    /// What can be said of the run, from its files.
    var verdicts: [RunVerdict] {
        (try? RunFiles(directory: directory)).map { RunVerdict.all($0.log, facts ?? $0.facts) } ?? []
    }

    /// The earlier part's best validation remains the best unless the run resumed from before it.
    private func resume(atStep step: Int) {
        guard let before = (try? RunFiles(directory: directory))?.facts,
            before.evaluation?.step.map({ $0 <= step }) ?? false
        else { return }
        facts?.evaluation = before.evaluation
        // Made with the best predictions, which are not kept.
        if let baselines = before.baselines { facts?.baselines = baselines }
    }

    private func sumUp(_ predictions: ValidationPredictions) {
        let samples = predictions.examples.map {
            SummarySample(
                labels: $0.label.indices, text: hasTexts ? $0.text : nil, line: $0.line > 0 ? $0.line : nil)
        }
        guard
            var summary = try? EvaluationSummary.make(
                logits: predictions.logits, samples: samples, labelNames: labels, isMultiLabel: isMultiLabel)
        else { return }
        summary.step = predictions.step
        summary.epoch = predictions.epoch
        facts?.evaluation = summary
        facts?.baselines = study?.figures(
            besides: predictions.labels(classCount: labels.count, isMultiLabel: isMultiLabel))
    }

    private func write(isInUse: Bool) {
        do {
            guard let held else { return }
            try held.requireAtPath()
            try RunReport.write(
                directory: held.path, facts: facts, isInUse: isInUse,
                fileSystem: DiskFileSystem().holding(held))
        } catch {
            guard !hasComplained else { return }
            hasComplained = true
            console.warning("the report could not be written: \(FlagName.text(of: error))")
        }
    }
}
