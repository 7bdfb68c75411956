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
        let config = TrainingConfig(
            checkpointDir: "x y", saveEvery: 2, saveInterval: 1.5, saveSteps: 3, saveTotalLimit: 4, epochs: 7,
            maxSteps: 9, earlyStoppingPatience: 0, metricForBest: .macroF1, evalSteps: 8, batchSize: 3,
            gradientAccumulationSteps: 5, learningRate: 1.0 / 3, lrScheduler: .linear, warmupRatio: 0.123,
            weightDecay: 0, maxGradNorm: 0.5, labelSmoothing: 0.1, classWeights: .file("w.json"),
            oversample: true,
            loraRank: 2, loraAlpha: 3.5, loraDropout: 0.05, useRSLoRA: true, targetModules: ["all-linear"],
            maxSeqLength: 33, valSplit: 0, seed: .max, tokenBudget: 77, maxMemory: 1 << 40,
            loggingSteps: 1)
        let text = JSONValue.object(config.json).encoded()
        let object = try #require(try JSONParser.parse(text).object)
        #expect(try TrainingConfig(json: object) == config)
    }

    @Test func `missing settings keep their defaults`() throws {
        #expect(try TrainingConfig(json: ["epochs": 4, "save_steps": .null]) == TrainingConfig(epochs: 4))
    }

    @Test func `unknown names and wrong kinds are refused together`() {
        let error = #expect(throws: ConfigError.self) {
            try TrainingConfig(json: ["epochs": "three", "lr": 1, "lr_scheduler": "cubic"])
        }
        #expect(error?.problems.map(\.setting) == ["epochs", "lr_scheduler", "lr"])
    }

    @Test func `all-linear stands for the seven projections`() {
        let config = TrainingConfig(targetModules: ["all-linear"])
        #expect(config.resolvedTargetModules == TrainingConfig.knownTargetModules)
        #expect(
            TrainingConfig(targetModules: ["v_proj", "q_proj"]).resolvedTargetModules == ["q_proj", "v_proj"])
    }
}
