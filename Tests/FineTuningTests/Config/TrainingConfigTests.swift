import FineTuning
import JSONCore
import Testing

@Suite struct TrainingConfigTests {
    @Test func `the defaults can be used`() {
        #expect(TrainingConfig().problems.isEmpty)
        #expect(TrainingConfig().saveEvery == 5)
        #expect(TrainingConfig().earlyStoppingPatience == 10)
    }

    @Test func `all problems are reported together`() {
        var config = TrainingConfig()
        config.epochs = 0
        config.learningRate = -1
        config.warmupRatio = 1.5
        config.valSplit = 1
        config.loraDropout = 1
        config.batchSize = 0
        config.targetModules = ["q_proj", "lm_head"]
        config.maxGradNorm = .nan
        #expect(
            config.problems.map(\.setting) == [
                "epochs", "batch_size", "learning_rate", "warmup_ratio", "max_grad_norm", "lora_dropout",
                "target_modules", "val_split",
            ])
        #expect(throws: ConfigError.self) { try config.validated() }
    }

    @Test func `a configuration survives JSON`() throws {
        let config = TrainingConfig(checkpointDir: "x y") {
            ($0.saveEvery, $0.saveInterval, $0.saveSteps, $0.saveTotalLimit) = (2, 1.5, 3, 4)
            ($0.epochs, $0.maxSteps, $0.earlyStoppingPatience, $0.evalSteps) = (7, 9, 0, 8)
            ($0.metricForBest, $0.batchSize, $0.gradientAccumulationSteps) = (.macroF1, 3, 5)
            ($0.learningRate, $0.lrScheduler, $0.warmupRatio) = (1.0 / 3, .linear, 0.123)
            ($0.weightDecay, $0.maxGradNorm, $0.labelSmoothing) = (0, 0.5, 0.1)
            ($0.classWeights, $0.oversample) = (.file("w.json"), true)
            ($0.loraRank, $0.loraAlpha, $0.loraDropout, $0.useRSLoRA) = (2, 3.5, 0.05, true)
            ($0.targetModules, $0.maxSeqLength, $0.valSplit, $0.seed) = (["all-linear"], 33, 0, .max)
            ($0.tokenBudget, $0.maxMemory, $0.loggingSteps) = (77, 1 << 40, 1)
        }
        let text = JSONValue.object(config.json).encoded()
        let object = try #require(try JSONParser.parse(text).object)
        #expect(try TrainingConfig(json: object) == config)
    }

    @Test func `missing settings keep their defaults`() throws {
        #expect(
            try TrainingConfig(json: ["epochs": 4, "save_steps": .null]) == TrainingConfig { $0.epochs = 4 })
    }

    @Test func `unknown names and wrong kinds are refused together`() {
        let error = #expect(throws: ConfigError.self) {
            try TrainingConfig(json: ["epochs": "three", "lr": 1, "lr_scheduler": "cubic"])
        }
        #expect(error?.problems.map(\.setting) == ["epochs", "lr_scheduler", "lr"])
    }

    @Test func `all-linear stands for the seven projections`() {
        let config = TrainingConfig { $0.targetModules = ["all-linear"] }
        #expect(config.resolvedTargetModules == TrainingConfig.knownTargetModules)
        let reversed = TrainingConfig { $0.targetModules = ["v_proj", "q_proj"] }
        #expect(reversed.resolvedTargetModules == ["q_proj", "v_proj"])
    }
}
