import ClassificationData
public import JSONCore

extension TrainingConfig {
    /// The configuration as it stands in `run.json` and in a training state, in snake case.
    public var json: JSONObject {
        [
            "checkpoint_dir": .string(checkpointDir),
            "save_every": JSONValue(saveEvery),
            "save_interval": JSONValue(saveInterval),
            "save_steps": saveSteps.map { JSONValue($0) } ?? .null,
            "save_total_limit": saveTotalLimit.map { JSONValue($0) } ?? .null,
            "epochs": JSONValue(epochs),
            "max_steps": maxSteps.map { JSONValue($0) } ?? .null,
            "early_stopping_patience": JSONValue(earlyStoppingPatience),
            "metric_for_best": .string(metricForBest.rawValue),
            "eval_steps": evalSteps.map { JSONValue($0) } ?? .null,
            "batch_size": JSONValue(batchSize),
            "gradient_accumulation_steps": JSONValue(gradientAccumulationSteps),
            "learning_rate": JSONValue(learningRate),
            "lr_scheduler": .string(lrScheduler.rawValue),
            "warmup_ratio": JSONValue(warmupRatio),
            "weight_decay": JSONValue(weightDecay),
            "max_grad_norm": JSONValue(maxGradNorm),
            "label_smoothing": JSONValue(labelSmoothing),
            "class_weights": classWeights.json,
            "oversample": .bool(oversample),
            "lora_rank": JSONValue(loraRank),
            "lora_alpha": JSONValue(loraAlpha),
            "lora_dropout": JSONValue(loraDropout),
            "use_rslora": .bool(useRSLoRA),
            "target_modules": JSONValue(targetModules),
            "max_seq_length": JSONValue(maxSeqLength),
            "val_split": JSONValue(valSplit),
            // A string, because readers of JSON may hold numbers as doubles.
            "seed": .string(String(seed)),
            "token_budget": JSONValue(tokenBudget),
            "max_memory": maxMemory.map { JSONValue($0) } ?? .null,
            "logging_steps": JSONValue(loggingSteps),
        ]
    }

    /// Reads a configuration back; settings that are missing keep their defaults.
    ///
    /// - Throws: `ConfigError` naming every setting of the wrong kind and every name that is no setting.
    public init(json: JSONObject) throws(ConfigError) {
        self.init()
        var reader = ConfigReader(json: json)
        reader.read("checkpoint_dir", \.string, "a string") { checkpointDir = $0 }
        reader.read("save_every", \.int, "an integer") { saveEvery = $0 }
        reader.read("save_interval", \.double, "a number") { saveInterval = $0 }
        reader.read("save_steps", \.int, "an integer") { saveSteps = $0 }
        reader.read("save_total_limit", \.int, "an integer") { saveTotalLimit = $0 }
        reader.read("epochs", \.int, "an integer") { epochs = $0 }
        reader.read("max_steps", \.int, "an integer") { maxSteps = $0 }
        reader.read("early_stopping_patience", \.int, "an integer") { earlyStoppingPatience = $0 }
        reader.read("metric_for_best", { $0.string.flatMap(Metric.init) }, Self.choices(of: Metric.self)) {
            metricForBest = $0
        }
        reader.read("eval_steps", \.int, "an integer") { evalSteps = $0 }
        reader.read("batch_size", \.int, "an integer") { batchSize = $0 }
        reader.read("gradient_accumulation_steps", \.int, "an integer") { gradientAccumulationSteps = $0 }
        reader.read("learning_rate", \.double, "a number") { learningRate = $0 }
        reader.read(
            "lr_scheduler", { $0.string.flatMap(LRScheduler.init) }, Self.choices(of: LRScheduler.self)
        ) {
            lrScheduler = $0
        }
        reader.read("warmup_ratio", \.double, "a number") { warmupRatio = $0 }
        reader.read("weight_decay", \.double, "a number") { weightDecay = $0 }
        reader.read("max_grad_norm", \.double, "a number") { maxGradNorm = $0 }
        reader.read("label_smoothing", \.double, "a number") { labelSmoothing = $0 }
        reader.read(
            "class_weights", ClassWeighting.init(json:), "a rule, a path or a list of positive numbers"
        ) {
            classWeights = $0
        }
        reader.read("oversample", \.bool, "true or false") { oversample = $0 }
        reader.read("lora_rank", \.int, "an integer") { loraRank = $0 }
        reader.read("lora_alpha", \.double, "a number") { loraAlpha = $0 }
        reader.read("lora_dropout", \.double, "a number") { loraDropout = $0 }
        reader.read("use_rslora", \.bool, "true or false") { useRSLoRA = $0 }
        reader.read("target_modules", Self.modules, "a list of strings") { targetModules = $0 }
        reader.read("max_seq_length", \.int, "an integer") { maxSeqLength = $0 }
        reader.read("val_split", \.double, "a number") { valSplit = $0 }
        reader.read("seed", Self.seed, "an integer from 0") { seed = $0 }
        reader.read("token_budget", \.int, "an integer") { tokenBudget = $0 }
        reader.read("max_memory", \.int, "a number of bytes") { maxMemory = $0 }
        reader.read("logging_steps", \.int, "an integer") { loggingSteps = $0 }
        try reader.finish()
    }

    private static func modules(_ value: JSONValue) -> [String]? {
        guard let array = value.array else { return value.string.map { [$0] } }
        let names = array.compactMap(\.string)
        return names.count == array.count ? names : nil
    }

    private static func seed(_ value: JSONValue) -> UInt64? {
        value.string.flatMap { UInt64($0) } ?? value.int.flatMap { UInt64(exactly: $0) }
    }

    private static func choices<Choice: RawRepresentable<String> & CaseIterable>(of type: Choice.Type)
        -> String
    {
        Choice.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

/// Takes settings out of an object and collects what does not fit.
private struct ConfigReader {
    let json: JSONObject
    var known: [String] = []
    var problems: [ConfigProblem] = []

    init(json: JSONObject) { self.json = json }

    mutating func read<Value>(
        _ setting: String, _ value: (JSONValue) -> Value?, _ expected: String, _ assign: (Value) -> Void
    ) {
        known.append(setting)
        guard let found = json[setting], !found.isNull else { return }
        if let value = value(found) {
            assign(value)
        } else {
            problems.append(
                ConfigProblem(setting: setting, fact: "found \(found.encoded()); expected \(expected)"))
        }
    }

    func finish() throws(ConfigError) {
        let unknown = json.keys.filter { key in !known.contains { $0.utf8.elementsEqual(key.utf8) } }
        let all =
            problems
            + unknown.map { ConfigProblem(setting: $0, fact: "is not a setting; check the spelling") }
        guard all.isEmpty else { throw ConfigError(problems: all) }
    }
}
