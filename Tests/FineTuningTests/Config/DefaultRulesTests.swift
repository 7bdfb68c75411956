import ClassificationData
import FineTuning
import JSONCore
import Testing

/// The rules that choose what nobody gave.
@Suite struct DefaultRulesTests {
    private func resolve(
        _ parameters: Int = 134_500_000, examples: Int = 480, counts: [Int] = [240, 240],
        _ problem: ProblemType = .singleLabel, _ change: (inout TrainingConfig) -> Void = { _ in }
    ) -> (config: TrainingConfig, choices: [DefaultRules.Choice]) {
        DefaultRules.resolve(
            TrainingConfig(change),
            for: DefaultRules.Facts(
                parameterCount: parameters, examples: examples, classCounts: counts, problemType: problem))
    }

    @Test func `all is chosen in the order of the settings, and a second time nothing`() {
        let (config, choices) = resolve()
        #expect(
            choices.map(\.setting) == [
                "epochs", "batch_size", "learning_rate", "warmup_ratio", "class_weights", "target_modules",
            ])
        #expect(
            choices.map(\.setting) == TrainingSetting.all.map(\.name).filter(choices.map(\.setting).contains))
        let facts = DefaultRules.Facts(
            parameterCount: 7_000_000_000, examples: 9, classCounts: [1, 8], problemType: .singleLabel)
        let again = DefaultRules.resolve(config, for: facts)
        #expect(again.choices.isEmpty && again.config == config)
    }

    @Test(arguments: TrainingSetting.all.filter { ($0.defaultText ?? "").hasPrefix("chosen ") }.map(\.name))
    func `a given setting is left as it is, and all others are chosen`(name: String) throws {
        let setting = try #require(TrainingSetting.all.first { $0.name == name })
        let sample = try #require(TrainingSettingTests.samples[name]?.other)
        var given = TrainingConfig()
        #expect(setting.parse(sample, into: &given))
        let facts = DefaultRules.Facts(
            parameterCount: 134_500_000, examples: 480, classCounts: [10, 470], problemType: .singleLabel)
        let all = DefaultRules.resolve(TrainingConfig(), for: facts)
        let (config, choices) = DefaultRules.resolve(given, for: facts)
        #expect(setting.json(in: config) == setting.json(in: given))
        #expect(setting.json(in: config) != setting.json(in: all.config))
        #expect(choices.map(\.setting) == all.choices.map(\.setting).filter { $0 != name })
    }

    @Test func `settings that are read from a record count as given`() throws {
        let record = try TrainingConfig(json: ["learning_rate": 2e-4])
        let facts = DefaultRules.Facts(
            parameterCount: 134_500_000, examples: 480, classCounts: [10, 470], problemType: .singleLabel)
        let (config, choices) = DefaultRules.resolve(record, for: facts)
        #expect(choices.isEmpty && config == record)
        // What was in use before there were rules.
        #expect(config.targetModules == ["q_proj", "v_proj"] && config.batchSize == 16 && config.epochs == 3)
    }

    @Test(arguments: [150, 480, 999, 1_000, 1_800, 5_000, 100_000])
    func `there are enough steps, and never more than ten epochs`(examples: Int) {
        let (config, _) = resolve(examples: examples)
        let steps = Int(
            (config.epochs * Double((examples + config.batchSize - 1) / config.batchSize)).rounded(.up))
        #expect(config.epochs >= 3 && config.epochs <= 10)
        #expect(steps >= 300 || config.epochs == 10)
        // One epoch fewer would be too few, unless three are the fewest.
        #expect(config.epochs == 3 || Double(steps) * (config.epochs - 1) / config.epochs < 300)
    }

    @Test func `a limit of steps leaves the epochs alone`() {
        let (config, choices) = resolve { $0.maxSteps = 7 }
        #expect(config.epochs == 3 && !choices.contains { $0.setting == "epochs" })
    }

    @Test func `batches that are added up make a step as large`() {
        #expect(resolve { $0.gradientAccumulationSteps = 4 }.config.effectiveBatchSize == 8)
        #expect(resolve { $0.gradientAccumulationSteps = 64 }.config.batchSize == 1)
    }

    @Test(arguments: [
        (134_500_000, 1e-3, true, "134.5 M parameters, under 300.0 M"),
        (494_000_000, 5e-4, false, "494.0 M parameters, under 1.00 B: untested rate"),
        (7_000_000_000, 2e-4, false, "7.00 B parameters, 1.00 B or more: untested rate"),
    ])
    func `a larger base gets a lower rate, which is marked untested`(
        parameters: Int, rate: Double, isTested: Bool, reason: String
    ) throws {
        let (config, choices) = resolve(parameters)
        #expect(config.learningRate == rate && config.targetModules == ["all-linear"])
        let choice = try #require(choices.first { $0.setting == "learning_rate" })
        #expect(choice.isTested == isTested && "\(choice.reason)" == reason)
    }

    @Test func `classes are weighted when their sizes differ`() {
        #expect(resolve(counts: [240, 240]).config.classWeights == .none)
        #expect(resolve(counts: [465, 15]).config.classWeights == .sqrtInverse)
        #expect(resolve(counts: [465, 15]) { $0.oversample = true }.config.classWeights == .none)
        #expect(resolve(counts: [465, 15], .multiLabel).config.classWeights == .none)
        // The warning that classes without examples are not weighted belongs to `auto`.
        #expect(resolve(counts: [465, 0]).config.classWeights == .auto)
    }
}
