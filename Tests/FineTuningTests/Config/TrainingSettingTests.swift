import FineTuning
import JSONCore
import Testing

/// The table of settings, and the code that uses it.
@Suite struct TrainingSettingTests {
    /// For each setting a text that is not its default, and one that is out of range if it has a range.
    static let samples: [String: (other: String, outOfRange: String?)] = [
        "checkpoint_dir": ("x y", ""), "save_every": ("2", "0"), "save_interval": ("1.5", "0"),
        "save_steps": ("3", "0"), "save_total_limit": ("4", "0"), "keep_optimizer_state": ("true", nil),
        "epochs": ("1.5", "0"),
        "max_steps": ("9", "0"), "early_stopping_patience": ("0", "-1"), "metric_for_best": ("macro_f1", nil),
        "eval_steps": ("8", "0"), "batch_size": ("3", "65537"), "gradient_accumulation_steps": ("5", "0"),
        "learning_rate": ("3e-3", "inf"), "lr_scheduler": ("linear", nil), "warmup_ratio": ("0.123", "1.01"),
        "weight_decay": ("0", "-0.5"), "max_grad_norm": ("0.5", "nan"), "label_smoothing": ("0.1", "1"),
        "class_weights": ("w.json", nil), "oversample": ("true", nil), "lora_rank": ("2", "4097"),
        "lora_alpha": ("3.5", "0"), "lora_dropout": ("0.05", "1"), "use_rslora": ("yes", nil),
        "target_modules": ("q_proj, o_proj", "q_proj,lm_head"), "max_seq_length": ("33", "1048577"),
        "template": ("{text}\\nCategory:", nil), "val_split": ("0", "1"),
        "seed": ("18446744073709551615", nil), "token_budget": ("77", "0"),
        "max_memory": ("1.5GiB", nil), "logging_steps": ("1", "0"),
    ]

    @Test func `every property is a setting, once, under its name in snake case`() {
        // A property with a wrapper is stored under its name after an underscore.
        let properties = Mirror(reflecting: TrainingConfig()).children.compactMap(\.label).map {
            $0.hasPrefix("_") ? String($0.dropFirst()) : $0
        }
        let names = TrainingSetting.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(
            names.map { $0.split(separator: "_").joined() }.sorted()
                == properties.map { $0.lowercased() }.sorted())
        #expect(Set(names) == Set(Self.samples.keys))
        #expect(TrainingSetting.of(\.learningRate)?.name == "learning_rate")
        #expect(TrainingSetting.of(\.effectiveBatchSize) == nil)
        #expect(Set(TrainingSetting.all.map(\.group)) == Set(TrainingSetting.Group.allCases))
    }

    @Test(arguments: TrainingSetting.all.map(\.name))
    func `a value survives text and JSON, and the default that help shows is the default`(name: String) throws
    {
        let setting = try #require(TrainingSetting.all.first { $0.name == name })
        let sample = try #require(Self.samples[name])
        var config = TrainingConfig()
        #expect(setting.parse(sample.other, into: &config))
        #expect(config != TrainingConfig())
        let text = JSONValue.object(config.json).encoded()
        let read = try TrainingConfig(json: try #require(try JSONParser.parse(text).object))
        #expect(read == config)
        #expect(try TrainingConfig(json: [name: setting.json(in: config)]) == config)
        // Only this one has changed.
        for other in TrainingSetting.all where other.name != name {
            #expect(other.json(in: config) == other.json(in: TrainingConfig()))
        }
        if let shown = setting.defaultText, !shown.hasPrefix("chosen "), name != "max_memory" {
            #expect(setting.parse(shown, into: &config))
            #expect(config == TrainingConfig())
        }
    }

    @Test(arguments: TrainingSetting.all.map(\.name))
    func `a value out of range is reported with its name and the range`(name: String) throws {
        let setting = try #require(TrainingSetting.all.first { $0.name == name })
        #expect(TrainingConfig().problems.isEmpty)
        guard let text = Self.samples[name]?.outOfRange else {
            #expect(setting.range == nil || name == "max_memory")
            return
        }
        var config = TrainingConfig()
        #expect(setting.parse(text, into: &config))
        let range = try #require(setting.range)
        #expect(config.problems.map(\.setting) == [name])
        #expect(config.problems.allSatisfy { $0.fact.contains(range) }, "\(config.problems)")
    }

    @Test func `all settings out of range are reported together, in order`() {
        var config = TrainingConfig()
        config.maxMemory = 0
        var expected: [String] = []
        for setting in TrainingSetting.all {
            if let text = Self.samples[setting.name]?.outOfRange {
                #expect(setting.parse(text, into: &config))
            }
            if setting.range != nil { expected.append(setting.name) }
        }
        #expect(config.problems.map(\.setting) == expected)
    }

    @Test func `a value of another kind is not taken`() throws {
        var config = TrainingConfig()
        for (name, text) in [
            ("epochs", "three"), ("seed", "-1"), ("lr_scheduler", "cubic"), ("max_memory", "lots"),
        ] {
            let setting = try #require(TrainingSetting.all.first { $0.name == name })
            #expect(!setting.parse(text, into: &config))
            #expect(!setting.assign([1.5], to: &config))
        }
        #expect(config == TrainingConfig())
    }

    @Test func `resuming names every setting that differs and must not, and no other`() throws {
        let run = try TinyRun()
        try run.train()
        run.config.learningRate = 1e-3
        run.config.weightDecay = 0.5
        run.config.epochs = 3
        run.config.loggingSteps = 1
        let error = #expect(throws: TrainingError.self) { try run.train(mode: .resume) }
        #expect(
            error
                == .resumeMismatch(
                    directory: run.path,
                    differences: [
                        "learning_rate was 0.005 and is now 0.001", "weight_decay was 0.01 and is now 0.5",
                    ], isOfDataAlone: false))
    }
}
