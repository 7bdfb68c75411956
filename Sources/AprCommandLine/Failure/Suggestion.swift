import ArgumentParser

/// What the user may have meant by a flag or a command that `apr` does not have.
enum Suggestion {
    /// What other programs call flags of `apr`: HuggingFace's Trainer and its scripts, PEFT, and what people type.
    private static let flags = [
        "lr": "learning-rate", "base-lr": "learning-rate", "rate": "learning-rate",
        "num-train-epochs": "epochs", "num-epochs": "epochs", "n-epochs": "epochs", "epoch": "epochs",
        "max-epochs": "epochs", "max-train-epochs": "epochs", "max-train-steps": "max-steps",
        "per-device-train-batch-size": "batch-size", "train-batch-size": "batch-size", "bs": "batch-size",
        "per-device-eval-batch-size": "batch-size", "batch": "batch-size",
        "per-gpu-train-batch-size": "batch-size", "micro-batch-size": "batch-size",
        "accumulation-steps": "gradient-accumulation-steps", "grad-accum": "gradient-accumulation-steps",
        "gradient-accumulation": "gradient-accumulation-steps", "accumulate": "gradient-accumulation-steps",
        "grad-accum-steps": "gradient-accumulation-steps",
        "lora-r": "rank", "lora-rank": "rank", "r": "rank", "lora-alpha": "alpha",
        "dropout": "lora-dropout", "use-rslora": "rslora", "lora-target-modules": "target-modules",
        "targets": "target-modules", "modules": "target-modules",
        "lr-scheduler-type": "lr-scheduler", "scheduler": "lr-scheduler", "warmup": "warmup-ratio",
        "warmup-steps": "warmup-ratio", "warm-up": "warmup-ratio", "max-length": "max-seq-length",
        "max-len": "max-seq-length", "maxlen": "max-seq-length", "max-seq-len": "max-seq-length",
        "model-max-length": "max-seq-length", "seq-len": "max-seq-length", "seq-length": "max-seq-length",
        "max-tokens": "max-seq-length", "cutoff-len": "max-seq-length", "wd": "weight-decay",
        "grad-clip": "max-grad-norm", "gradient-clipping": "max-grad-norm",
        "clip": "max-grad-norm", "label-smoothing-factor": "label-smoothing",
        "class-weight": "class-weights", "random-state": "seed",
        "output-dir": "output", "out": "output", "checkpoint-dir": "output", "save-dir": "output",
        "out-dir": "output", "outdir": "output", "output-path": "output",
        "overwrite-output-dir": "overwrite", "force": "overwrite", "resume-from-checkpoint": "resume",
        "continue": "resume", "metric-for-best-model": "metric-for-best", "best-metric": "metric-for-best",
        "metric": "metric-for-best", "load-best-model-at-end": "metric-for-best",
        "patience": "early-stopping-patience", "early-stopping": "early-stopping-patience",
        "evaluation-steps": "eval-steps", "eval-every": "eval-steps", "validate-every": "eval-steps",
        "log-every": "logging-steps", "logging-dir": "tensorboard", "report-to": "tensorboard",
        "train-file": "data", "train-data": "data", "dataset": "data", "train": "data",
        "training-data": "data",
        "dataset-path": "data", "input-file": "data",
        "dataset-name": "data", "corpus": "data", "test-data": "data", "test-file": "data", "file": "data",
        "validation-file": "val-data", "validation-data": "val-data", "eval-data": "val-data",
        "validation": "val-data", "eval-file": "val-data", "dev-file": "val-data", "dev-data": "val-data",
        "eval-dataset": "val-data",
        "validation-split": "val-split", "test-size": "val-split", "val-size": "val-split",
        "text-column": "input-column", "text-col": "input-column", "target-column": "label-column",
        "text-column-name": "input-column", "text-field": "input-column", "label-column-name": "label-column",
        "target": "label-column", "label-field": "label-column",
        "label-col": "label-column", "classes": "labels", "dry-run": "plan", "gpu": "device", "cpu": "device",
        "cuda": "device", "num-threads": "threads", "nproc": "threads", "jobs": "threads",
        "n-threads": "threads", "num-workers": "threads", "input": "text", "texts": "text",
        "verbose": "help", "top": "top-k", "topk": "top-k", "all": "tensors",
    ]

    /// What other programs call the base, which `apr` takes without a flag.
    private static let bases: Set<String> = [
        "model", "base", "base-model", "model-name-or-path", "model-name", "model-id", "model-path",
        "pretrained-model-name-or-path", "checkpoint", "pretrained",
    ]

    /// What other programs call the commands of `apr`.
    private static let commands = [
        "train": "finetune", "fit": "finetune", "fine-tune": "finetune", "tune": "finetune",
        "finetuning": "finetune", "training": "finetune", "learn": "finetune", "resume": "finetune",
        "sft": "finetune", "lora": "finetune", "test": "eval", "evaluate": "eval",
        "evalute": "eval", "evaluation": "eval", "score": "eval", "validate": "eval", "infer": "predict",
        "inference": "predict",
        "classify": "predict", "run": "predict", "download": "pull", "fetch": "pull", "upload": "publish",
        "push": "publish", "get": "pull", "convert": "import", "gguf": "import",
        "show": "inspect",
        "info": "inspect", "describe": "inspect", "check": "verify", "compare": "report", "plot": "report",
        "watch": "monitor", "status": "monitor", "top": "monitor", "tail": "monitor", "list": "runs",
        "ls": "runs", "history": "runs", "export": "merge", "fuse": "merge", "encode": "tokenize",
        "server": "serve", "deploy": "serve", "api": "serve",
    ]

    /// The message about arguments that do not parse; nil to leave it as the parser wrote it.
    ///
    /// - Parameters:
    ///   - arguments: those of the program, without its name.
    ///   - message: the parser's.
    static func message(arguments: [String], message: String) -> String? {
        let subcommands = Apr.configuration.subcommands.map { $0._commandName }
        if let first = arguments.first, !first.hasPrefix("-"), !subcommands.contains(first),
            first != "help"
        {
            let meant = commands[first.lowercased()] ?? NearMiss.best(of: subcommands, for: first)
            let remedy = meant.map { "did you mean apr \($0)?" } ?? "see apr --help"
            return "unknown command \"\(first)\"; \(remedy)"
        }
        guard let flag = unknownFlag(in: message), let command = command(arguments.first) else { return nil }
        let known = flagNames(of: command)
        let written = flag.replacing("_", with: "-").lowercased()
        let rest = message.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        if bases.contains(written), command == Finetune.self {
            return (["unknown option '--\(flag)'; the base has no flag: apr finetune path/to/base"] + rest)
                .joined(separator: "\n")
        }
        let candidates = known.contains(written) ? written : flags[written]
        guard
            let meant = candidates.flatMap({ known.contains($0) ? $0 : nil })
                ?? NearMiss.best(of: known, for: written)
        else { return nil }
        return (["unknown option '--\(flag)'; did you mean --\(meant)?"] + rest).joined(separator: "\n")
    }

    /// The name in "Unknown option '--name'", without its dashes.
    private static func unknownFlag(in message: String) -> String? {
        guard let start = message.firstRange(of: "nknown option '--")?.upperBound,
            let end = message[start...].firstIndex(where: { $0 == "'" || $0 == "=" })
        else { return nil }
        return String(message[start..<end])
    }

    private static func command(_ name: String?) -> (any ParsableCommand.Type)? {
        Apr.configuration.subcommands.first { $0._commandName == name }
    }

    /// The long flags that a command's help names.
    private static func flagNames(of command: any ParsableCommand.Type) -> [String] {
        let help = Apr.helpMessage(for: command, columns: 200)
        return help.matches(of: /(?:^|[\s,\/(])--([a-z][a-z0-9-]*)/).map { String($0.1) }
    }
}
