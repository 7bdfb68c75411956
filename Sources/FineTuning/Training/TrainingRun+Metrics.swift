import JSONCore

/// The lines of `metrics.jsonl` that say where a process began and how it ended.
///
/// With them, the log is enough to monitor a run: its length, and whether it has ended.
extension TrainingRun {
    /// How training ended.
    enum Ending {
        case finished(TrainingResult.Reason)
        case failed(any Error)
    }

    /// Opens the log and writes the line of the start.
    ///
    /// - Parameter startedAt: when the run was first started, in RFC 3339.
    func openMetrics(startedAt: String) throws {
        let log = try MetricsLog(directory: directory.path, fileSystem: directory.fileSystem)
        metrics = log
        let config = setup.config
        try log.append(
            "start",
            [
                "step": JSONValue(progress.step), "at": .string(Timestamp.now),
                "started_at": .string(startedAt), "total_steps": JSONValue(setup.totalSteps),
                "steps_per_epoch": JSONValue(setup.stepsPerEpoch),
                "epochs": JSONValue((setup.totalSteps + setup.stepsPerEpoch - 1) / setup.stepsPerEpoch),
                "train_examples": JSONValue(setup.train.indices.count),
                "validation_examples": JSONValue(setup.validation?.indices.count ?? 0),
                "metric_for_best": .string(config.metricForBest.rawValue),
                "early_stopping_patience": JSONValue(config.earlyStoppingPatience),
            ])
    }

    /// Writes how training ended and closes the log; does nothing if the log is closed already.
    func closeMetrics(_ ending: Ending) throws {
        guard let log = metrics else { return }
        metrics = nil
        var members: JSONObject = [
            "step": JSONValue(progress.step), "at": .string(Timestamp.now),
            "seconds": JSONValue(hooks.now() - startTime), "saving_seconds": JSONValue(savingSeconds),
        ]
        switch ending {
        case .finished(let reason): members["reason"] = .string(reason.word)
        case .failed(let error):
            members["reason"] = "failed"
            members["error"] = .string("\(error)")
        }
        try log.append("end", members)
        try log.close()
    }
}

extension TrainingResult.Reason {
    /// The reason in one word, for programs.
    public var word: String {
        switch self {
        case .completed: "completed"
        case .stoppedEarly: "stopped_early"
        case .interrupted: "interrupted"
        }
    }
}
