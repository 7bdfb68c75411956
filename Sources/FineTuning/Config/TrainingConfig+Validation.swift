/// A setting that cannot be.
public struct ConfigProblem: Sendable, Hashable, CustomStringConvertible {
    /// The setting's name in configuration files, such as `learning_rate`.
    public let setting: String
    /// What it is and what it may be.
    public let fact: String

    public var description: String { "\(setting): \(fact)" }
}

/// A configuration with settings that cannot be; names all of them.
public struct ConfigError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problems, in the order of the settings.
    public let problems: [ConfigProblem]

    /// An error about these problems.
    public init(problems: [ConfigProblem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension TrainingConfig {
    /// The linear layers an adapter can stand beside, in the order of the model.
    public static let knownTargetModules = [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    ]

    /// Everything that is wrong with the settings; empty when they can be used.
    public var problems: [ConfigProblem] {
        var check = ConfigCheck()
        if checkpointDir.isEmpty { check.report("checkpoint_dir", "empty; expected a directory") }
        check.atLeast(1, saveEvery, "save_every")
        check.positive(saveInterval, "save_interval", "seconds")
        check.atLeast(1, saveSteps, "save_steps")
        check.atLeast(1, saveTotalLimit, "save_total_limit")
        check.atLeast(1, epochs, "epochs")
        check.atLeast(1, maxSteps, "max_steps")
        check.atLeast(0, earlyStoppingPatience, "early_stopping_patience")
        check.atLeast(1, evalSteps, "eval_steps")
        check.within(1...65_536, batchSize, "batch_size")
        check.within(1...65_536, gradientAccumulationSteps, "gradient_accumulation_steps")
        check.positive(learningRate, "learning_rate", "a number such as 2e-4")
        check.share(warmupRatio, "warmup_ratio", includingOne: true)
        check.notNegative(weightDecay, "weight_decay")
        check.notNegative(maxGradNorm, "max_grad_norm")
        check.share(labelSmoothing, "label_smoothing", includingOne: false)
        check.within(1...4096, loraRank, "lora_rank")
        check.positive(loraAlpha, "lora_alpha", "a number such as 32")
        check.share(loraDropout, "lora_dropout", includingOne: false)
        checkTargetModules(&check)
        check.within(1...(1 << 20), maxSeqLength, "max_seq_length")
        check.share(valSplit, "val_split", includingOne: false)
        check.within(1...(1 << 24), tokenBudget, "token_budget")
        check.atLeast(1, maxMemory, "max_memory")
        check.atLeast(1, loggingSteps, "logging_steps")
        return check.problems
    }

    /// The configuration itself when it can be used.
    ///
    /// - Throws: `ConfigError` with every problem.
    public func validated() throws(ConfigError) -> TrainingConfig {
        let problems = problems
        guard problems.isEmpty else { throw ConfigError(problems: problems) }
        return self
    }

    /// The target modules without abbreviation, in the order of the model, each once.
    public var resolvedTargetModules: [String] {
        targetModules.contains("all-linear")
            ? Self.knownTargetModules : Self.knownTargetModules.filter(targetModules.contains)
    }

    private func checkTargetModules(_ check: inout ConfigCheck) {
        let known = Self.knownTargetModules.joined(separator: ", ")
        if targetModules.isEmpty {
            check.report("target_modules", "empty; expected some of \(known), or all-linear")
        }
        for module in targetModules where module != "all-linear" && !Self.knownTargetModules.contains(module)
        {
            check.report("target_modules", "\"\(module)\" is not one of \(known), or all-linear")
        }
        if targetModules.contains("all-linear"), targetModules.count > 1 {
            check.report("target_modules", "all-linear stands for all modules; give it alone")
        }
    }
}

/// Collects problems.
private struct ConfigCheck {
    var problems: [ConfigProblem] = []

    mutating func report(_ setting: String, _ fact: String) {
        problems.append(ConfigProblem(setting: setting, fact: fact))
    }

    mutating func atLeast(_ bound: Int, _ value: Int?, _ setting: String) {
        guard let value, value < bound else { return }
        report(setting, "\(value); expected at least \(bound)")
    }

    mutating func within(_ range: ClosedRange<Int>, _ value: Int, _ setting: String) {
        guard !range.contains(value) else { return }
        report(setting, "\(value); expected \(range.lowerBound) to \(range.upperBound)")
    }

    mutating func positive(_ value: Double, _ setting: String, _ expected: String) {
        guard !(value > 0 && value.isFinite) else { return }
        report(setting, "\(value); expected \(expected), more than 0")
    }

    mutating func notNegative(_ value: Double, _ setting: String) {
        guard !(value >= 0 && value.isFinite) else { return }
        report(setting, "\(value); expected 0 or more")
    }

    mutating func share(_ value: Double, _ setting: String, includingOne: Bool) {
        guard !(value >= 0 && (value < 1 || (includingOne && value == 1))) else { return }
        report(setting, "\(value); expected at least 0 and \(includingOne ? "at most" : "less than") 1")
    }
}
