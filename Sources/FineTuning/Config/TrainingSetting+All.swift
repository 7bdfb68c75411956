extension TrainingSetting {
    /// Every setting of a run, in the order of files and reports.
    public static let all: [TrainingSetting] =
        [
            (Group.checkpoints, checkpoints), (.duration, duration), (.optimization, optimization),
            (.adapter, adapter), (.data, data), (.machine, machine),
        ].flatMap { group, settings in
            settings.map { setting in
                var setting = setting
                setting.group = group
                return setting
            }
        }

    private static let checkpoints: [TrainingSetting] = [
        .init(
            "checkpoint_dir", \.checkpointDir, .path, .notEmpty("a directory"), resume: .mayChange,
            valueName: "dir", help: "The directory of the run."),
        .init(
            "save_every", \.saveEvery, .integer, .atLeast(1), resume: .mayChange, valueName: "n",
            help: "Write epoch-N/ every so many epochs."),
        .init(
            "save_interval", \.saveInterval, .number(of: "seconds"), .positive("seconds"),
            resume: .mayChange, valueName: "seconds", shownDefault: "300",
            help: "Refresh last/ when it is so old."),
        .init(
            "save_steps", \.saveSteps, .integer, .atLeast(1), resume: .mayChange, valueName: "n",
            help: "Refresh last/ every so many steps, too."),
        .init(
            "save_total_limit", \.saveTotalLimit, .integer, .atLeast(1), resume: .mayChange, valueName: "n",
            help: "Keep only the newest so many epoch-N/."),
        .init(
            "keep_optimizer_state", \.keepOptimizerState, .flag, resume: .mayChange,
            help: "Keep in best/, too, what training resumes from; epoch-N/ and last/ always have it."),
    ]

    private static let duration: [TrainingSetting] = [
        .init(
            "epochs", \.epochs, .wholeOrFraction, .visits, resume: .mayChange, valueName: "n",
            shownDefault: "chosen for enough steps", help: "How often the corpus is visited; 1.5 is possible."
        ),
        .init(
            "max_steps", \.maxSteps, .integer, .atLeast(1), resume: .mayChange, valueName: "n",
            help: "Stop after so many optimizer steps instead."),
        .init(
            "early_stopping_patience", \.earlyStoppingPatience, .integer, .atLeast(0), resume: .mayChange,
            valueName: "epochs", help: "Stop after so many epochs without improvement; 0 never."),
        .init(
            "metric_for_best", \.metricForBest, .choice, help: "What decides which checkpoint is the best."),
        .init(
            "eval_steps", \.evalSteps, .integer, .atLeast(1), valueName: "n",
            help: "Validate every so many steps, too."),
    ]

    private static let optimization: [TrainingSetting] = [
        .init(
            "batch_size", \.batchSize, .integer, .within(1...65_536), valueName: "n",
            shownDefault: "chosen so that 8 examples share a step", help: "Examples per batch."),
        .init(
            "gradient_accumulation_steps", \.gradientAccumulationSteps, .integer, .within(1...65_536),
            valueName: "n", help: "Batches per optimizer step."),
        .init(
            "learning_rate", \.learningRate, .number, .positive("a number such as 2e-4"), valueName: "rate",
            shownDefault: "chosen by the size of the base", help: "The highest learning rate."),
        .init(
            "lr_scheduler", \.lrScheduler, .choice, help: "How the learning rate falls after the warm-up."),
        .init(
            "warmup_ratio", \.warmupRatio, .number, .share, valueName: "share",
            help: "The share of the steps over which the rate rises."),
        .init(
            "weight_decay", \.weightDecay, .number, .notNegative, valueName: "x",
            help: "AdamW's weight decay."),
        .init(
            "max_grad_norm", \.maxGradNorm, .number, .notNegative, valueName: "norm",
            help: "Longer gradients are scaled down to this norm; 0 never."),
        .init(
            "label_smoothing", \.labelSmoothing, .number, .shareBelowOne, valueName: "share",
            help: "The share of the target spread over all classes."),
        .init(
            "class_weights", \.classWeights, .classWeights, valueName: "rule",
            shownDefault: "chosen by the sizes of the classes",
            help: "auto, none, sqrt_inverse, inverse, or a JSON file of weights."),
        .init(
            "oversample", \.oversample, .flag,
            help: "Repeat examples of small classes until all are equally frequent."),
    ]

    private static let adapter: [TrainingSetting] = [
        .init(
            "lora_rank", \.loraRank, .integer, .within(1...4096), valueName: "r",
            help: "The rank of the adapters."),
        .init(
            "lora_alpha", \.loraAlpha, .number, .positive("a number such as 32"), valueName: "x",
            help: "The adapters' scale is alpha/rank."),
        .init(
            "lora_dropout", \.loraDropout, .number, .shareBelowOne, valueName: "p",
            help: "The probability of dropping an adapter's input."),
        .init("use_rslora", \.useRSLoRA, .flag, help: "Scale by alpha/sqrt(rank) instead."),
        .init(
            "target_modules", \.targetModules, .names,
            .some(of: TrainingConfig.knownTargetModules, or: "all-linear"), valueName: "a,b",
            shownDefault: "chosen by experiments: all-linear",
            help: "The layers that get an adapter, or all-linear."),
    ]

    private static let data: [TrainingSetting] = [
        .init(
            "max_seq_length", \.maxSeqLength, .integer, .within(1...(1 << 20)), valueName: "tokens",
            help: "Texts are cut to so many tokens."),
        .init(
            "template", \.template, .template, valueName: "text",
            help:
                "Words around every text, such as '{text}\\nCategory:'. The checkpoint keeps them, and predict and eval use them."
        ),
        .init(
            "val_split", \.valSplit, .number, .shareBelowOne, valueName: "share",
            help: "The share of the corpus that validates, chosen per class; 0 trains on all."),
        .init(
            "seed", \.seed, .seed, valueName: "n",
            help: "Decides split, shuffling, dropout and initial weights."),
    ]

    private static let machine: [TrainingSetting] = [
        // Changes rounding only; resuming warns about it.
        .init(
            "token_budget", \.tokenBudget, .integer, .within(1...(1 << 24)), resume: .mayChange,
            isPublic: false, valueName: "tokens", help: "How many tokens are worked on at a time."),
        .init(
            "max_memory", \.maxMemory, .bytes, .memory, resume: .mayChange, valueName: "size",
            shownDefault: "no limit",
            help: "The most memory to take, mapped weights included, such as 900M or 2.5G."),
        .init(
            "logging_steps", \.loggingSteps, .integer, .atLeast(1), resume: .mayChange, valueName: "n",
            help: "Report every so many steps where lines cannot be rewritten."),
    ]
}
