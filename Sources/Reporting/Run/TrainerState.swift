public import JSONCore

/// `trainer_state.json`: a run in the layout of HuggingFace's Trainer, so that scripts that plot those read it.
///
/// It lies in the run directory only. Inside a checkpoint it would make the Trainer's resume believe that the
/// checkpoint is one of its own.
public enum TrainerState {
    /// The file's name in a run directory.
    public static let fileName = "trainer_state.json"

    /// The document.
    public static func json(_ run: RunFiles) -> JSONObject {
        let log = run.log
        let start = log.starts.last
        let perEpoch = Double(start?.stepsPerEpoch ?? 1)
        let last = log.steps.last?.step ?? 0
        let settings = run.settings
        let best = log.best.map { best in
            switch start?.metricForBest {
            case "accuracy": best.accuracy
            case "macro_f1": best.macroF1
            default: best.loss
            }
        }
        return [
            "best_global_step": log.best.map { JSONValue($0.step) } ?? .null,
            "best_metric": best.map { JSONValue($0) } ?? .null,
            "best_model_checkpoint": log.best.map { _ in
                .string(run.directory + "/best")
            } ?? .null,
            "epoch": JSONValue(Double(last) / perEpoch),
            "eval_steps": settings.count("eval_steps").map { JSONValue($0) }
                ?? JSONValue(start?.stepsPerEpoch ?? 1),
            "global_step": JSONValue(last),
            "is_hyper_param_search": false, "is_local_process_zero": true, "is_world_process_zero": true,
            "log_history": .array(history(run, perEpoch: perEpoch)),
            "logging_steps": 1, "max_steps": JSONValue(start?.totalSteps ?? last),
            "num_input_tokens_seen": JSONValue(log.steps.map(\.tokens).saturatingSum),
            "num_train_epochs": JSONValue(start?.epochs ?? log.epochs.count),
            "save_steps": JSONValue(start?.stepsPerEpoch ?? 1), "stateful_callbacks": JSONValue(JSONObject()),
            "total_flos": 0.0, "train_batch_size": settings["batch_size"] ?? .null,
            "trial_name": .null, "trial_params": .null,
        ]
    }

    private static func history(_ run: RunFiles, perEpoch: Double) -> [JSONValue] {
        let log = run.log
        var entries: [(step: Int, rank: Int, entry: JSONObject)] = log.steps.map { step in
            (
                step.step, 0,
                [
                    "epoch": JSONValue(Double(step.step) / perEpoch),
                    "grad_norm": JSONValue(step.gradientNorm),
                    "learning_rate": JSONValue(step.learningRate), "loss": JSONValue(step.loss),
                    "step": JSONValue(step.step),
                ]
            )
        }
        entries += log.evaluations.map { evaluation in
            (
                evaluation.step, 1,
                [
                    "epoch": JSONValue(Double(evaluation.step) / perEpoch),
                    "eval_accuracy": JSONValue(evaluation.accuracy), "eval_loss": JSONValue(evaluation.loss),
                    "eval_macro_f1": JSONValue(evaluation.macroF1), "step": JSONValue(evaluation.step),
                ]
            )
        }
        var history = entries.sorted { ($0.step, $0.rank) < ($1.step, $1.rank) }.map {
            JSONValue.object($0.entry)
        }
        if let end = log.end, end.reason == "completed" || end.reason == "stopped_early", !log.steps.isEmpty {
            let mean = log.steps.reduce(0) { $0 + $1.loss } / Double(log.steps.count)
            let step = log.steps[log.steps.count - 1].step
            history.append([
                "epoch": JSONValue(Double(step) / perEpoch), "step": JSONValue(step), "total_flos": 0.0,
                "train_loss": JSONValue(mean), "train_runtime": JSONValue(run.seconds),
                "train_steps_per_second": JSONValue(run.seconds > 0 ? Double(step) / run.seconds : 0),
            ])
        }
        return history
    }
}
