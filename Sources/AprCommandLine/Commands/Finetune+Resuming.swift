import ClassificationData
import FineTuning

extension Finetune {
    /// Completes the arguments of `--resume` with those of the run, and returns its settings.
    ///
    /// Given arguments win: settings that a run may change take effect. The trainer refuses to resume if others
    /// differ, and lists the differences.
    ///
    /// - Throws: `TrainingError` when there is no run, `CommandError` when its corpus was no file.
    mutating func takeUpRun() throws -> TrainingConfig {
        // `apr finetune --resume DIR`: the run stands where the base model would.
        if checkpoints.output == nil, let directory = model.base,
            RunVerifier.isRun(directory) || !RunVerifier.isRun(TrainingConfig.default.checkpointDir)
        {
            checkpoints.output = directory
            model.base = nil
        }
        let directory = checkpoints.output ?? TrainingConfig.default.checkpointDir
        try RunDirectory.check(directory, mode: .resume)
        let record = try RunRecord.load(directory: directory)
        model.base = model.base ?? record.baseDirectory
        machine.threads = machine.threads ?? record.threadCount
        if data.data == nil {
            guard let source = record.data else {
                throw CommandError.usage(
                    "\(directory): the run did not read its corpus from a file; name the same corpus with --data"
                )
            }
            data.fill(from: source, validation: record.validationData)
        }
        var config = record.config
        config.checkpointDir = directory
        return config
    }
}

extension DataOptions {
    /// Names the corpus of an earlier run, with the same columns.
    fileprivate mutating func fill(from source: CorpusSource, validation: CorpusSource?) {
        data = source.path
        valData = valData ?? validation?.path
        columns.format = columns.format ?? source.format
        columns.quoting = columns.quoting ?? source.quoting
        if columns.inputColumn == nil, columns.textColumns == nil {
            columns.inputColumn = source.inputColumn
            columns.textColumns = source.textColumns.map { CommaList($0) }
        }
        columns.labelSeparator = columns.labelSeparator ?? source.labelSeparator
        columns.labelColumn = columns.labelColumn ?? source.labelColumn
        labels = labels ?? source.labels.map { CommaList($0) }
        multiLabel = multiLabel ?? source.multiLabel
    }
}
