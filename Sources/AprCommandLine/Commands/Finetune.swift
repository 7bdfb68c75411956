import ArgumentParser
import ClassificationData
import FineTuning
import JSONCore
import Reporting
import TensorCore

/// Fine-tunes a base model.
struct Finetune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fine-tune a base model into a text classifier.",
        usage: "apr finetune [--task classify] <base> --data <file> [-o <dir>] [<options>]",
        discussion: """
            Examples:
              apr finetune --task classify path/to/base --data corpus.jsonl -o run
              apr finetune --model-size 0.5B Qwen/Qwen2.5-0.5B --data c.csv --plan
              apr finetune --config run.yaml --learning-rate 1e-4 --overwrite
              cat corpus.jsonl | apr finetune path/to/base --data - -o run
              apr finetune --resume run

            The corpus has one example a line, {"input": "a text", "label": "a class"}; labels are names, or \
            numbers from 0. "text" serves as "input", and "labels" with a list makes it multi-label. Rows with \
            the same "group" stay on one side of the split.
            """)

    @OptionGroup(title: "Base") var model: ModelOptions
    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Adapter") var adapter: AdapterOptions
    @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
    @OptionGroup(title: "Machine") var machine: MachineOptions
    @OptionGroup(title: "Configuration and output") var reporting: ReportingOptions
    @OptionGroup var output: OutputOptions

    mutating func run() throws {
        let config = try settings()
        try ModelDestination.refuseRoot(config.checkpointDir)
        if !reporting.plan { try RunDirectory.check(config.checkpointDir, mode: checkpoints.mode) }
        let base = try BaseDirectory.find(model.base, size: model.modelSize, console: output.console)
        let backend = try machine.makeBackend()
        if let size = model.modelSize { try BaseSize(directory: base).check(size, directory: base) }
        let (corpus, validation) = try data.load()
        let trainer = try load(base, config, backend)
        if reporting.plan {
            try showPlan(of: trainer, corpus, validation)
        } else {
            try train(trainer, corpus, validation)
        }
    }

    /// The settings of the configuration file, overridden by those of the command line.
    private mutating func settings() throws -> TrainingConfig {
        var given = GivenSettings()
        if let path = reporting.config {
            var file = try ConfigFile(path: path)
            model.fill(from: &file)
            data.fill(from: &file)
            machine.fill(from: &file)
            reporting.fill(from: &file)
            given.take(from: &file)
            try file.validate()
        }
        for options in settingOptions { given.take(from: options) }
        checkpoints.output = given.checkpointDir
        var config = checkpoints.resume ? try takeUpRun() : TrainingConfig()
        // The length that is given now counts, not the one that the run began with.
        if given.has("epochs"), !given.has("max_steps") { config.maxSteps = nil }
        given.apply(to: &config)
        do throws(ConfigError) {
            return try config.validated()
        } catch {
            throw given.located(error)
        }
    }

    /// The options among which there are flags of settings.
    private var settingOptions: [any ParsableArguments] {
        [data, training, adapter, checkpoints, reporting]
    }

    private func load(_ base: String, _ config: TrainingConfig, _ backend: any Backend) throws
        -> ClassifyTrainer
    {
        let progress = ShareProgress("loading \(base)", console: output.console)
        defer { progress.finish() }
        return try ClassifyTrainer.fromPretrained(base, config: config, backend: backend) {
            progress.update($0)
        }
    }

    private func showPlan(
        of trainer: ClassifyTrainer, _ corpus: ClassifyDataset, _ validation: ClassifyDataset?
    ) throws {
        let plan = try trainer.plan(corpus, validation: validation)
        if output.json {
            var object: JSONObject = ["schema_version": 1, "status": "planned"]
            object["plan"] = .object(plan.json)
            return try StandardOutput.print(JSONValue.object(object).encoded(.pretty), as: .data)
        }
        for warning in plan.warnings { output.console.warning(FlagName.text(warning.message)) }
        do {
            try RunDirectory.check(plan.config.checkpointDir, mode: checkpoints.mode)
        } catch {
            output.console.warning(FlagName.text(of: error))
        }
        try StandardOutput.print(PlanText(plan: plan).lines.joined(separator: "\n"))
    }

    private func train(
        _ trainer: ClassifyTrainer, _ corpus: ClassifyDataset, _ validation: ClassifyDataset?
    ) throws {
        let view = TrainingView(console: output.console)
        let recorder = RunRecorder(
            directory: trainer.config.checkpointDir, hasTexts: !reporting.leavesTextOut,
            tensorBoard: reporting.tensorboard, console: output.console
        ) { plan in
            // The run itself says why rows cannot be split.
            (try? trainer.rows(of: corpus, validation: validation)).flatMap {
                BaselineStudy(
                    training: $0.training, validation: $0.validation, labels: corpus.labels,
                    problemType: corpus.problemType,
                    states: reporting.isProbed(plan)
                        ? try? trainer.pooledStates(of: corpus, validation: validation) {
                            view.show(.working($0))
                        } : nil)
            }
        }
        let interruption = Interruption(stopping: trainer)
        defer { interruption.end() }
        let profile = reporting.profile ? trainer.makeProfile() : nil
        let result = try recorder.watching { record in
            try trainer.train(corpus, validation: validation, mode: checkpoints.mode, profile: profile) {
                event in
                view.show(event)
                record(event)
            }
        }
        let stepProfile = try profile.map {
            try StepProfile($0.result, tokens: view.tokens, base: trainer.base)
        }
        let decision = TunedDecision(checkpoint: result.bestCheckpoint ?? result.lastCheckpoint)
        if output.json {
            var object: JSONObject = ["schema_version": 1, "status": .string(result.reason.word)]
            object["plan"] = view.plan.map { .object($0.json) } ?? .null
            object["result"] = .object(
                result.json(metric: trainer.config.metricForBest, epochSeconds: view.epochSeconds))
            object["decision"] = decision?.json ?? .null
            object["baselines"] = recorder.baselines.map { .object($0.json) } ?? .null
            object["verdicts"] = .array(recorder.verdicts.map { .object($0.json) })
            if let stepProfile { object["profile"] = .object(stepProfile.json) }
            try StandardOutput.printIfOpen(JSONValue.object(object).encoded(.pretty), as: .data)
        } else {
            let text = ResultText(
                result: result, config: trainer.config,
                showsEpochs: output.quiet || !Terminal.isShared
                    || view.epochSeconds.count < result.history.count,
                epochSeconds: view.epochSeconds, baselines: recorder.baselines, verdicts: recorder.verdicts,
                decision: decision,
                resumeCommand: resumeCommand)
            let lines = text.lines + (stepProfile.map { ["", "where the time went:"] + $0.lines } ?? [])
            try StandardOutput.printIfOpen(lines.joined(separator: "\n"))
        }
        if result.reason == .interrupted { throw interruption.status ?? .interrupted }
    }

    /// The command that continues the run; the run supplies the arguments that it omits.
    private var resumeCommand: String {
        let directory = checkpoints.output ?? TrainingConfig.default.checkpointDir
        let data = data.data == "-" ? ["--data", "-"] : []
        return (["apr", "finetune", "--resume", directory] + data).map(ShellWord.quoted).joined(
            separator: " ")
    }
}
