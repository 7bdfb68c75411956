public import Diagnostics

/// Why a run cannot start, or had to stop.
public enum TrainingError: Error, Sendable, Hashable {
    /// The output directory holds a run, and no mode says what to do with it.
    case runExists(directory: String)
    /// There is no run to resume.
    case noRun(directory: String)
    /// None of the run's checkpoints can be resumed; the reason for each.
    case nothingToResume(directory: String, reasons: [Message])
    /// Another process is using the output directory.
    case locked(directory: String, process: Int?)
    /// The recorded run differs from this one: the differences, and whether another corpus causes all of them.
    case resumeMismatch(directory: String, differences: [String], isOfDataAlone: Bool)
    /// The loss or a gradient is not a finite number.
    case notFinite(step: Int, quantity: String, value: Double)
    /// No example is left to train on.
    case noTrainingExamples
    /// Validation data has other classes than training data.
    case validationLabels(String)
    /// The best weights could not be written because the disk was full.
    case bestNotSaved(directory: String, reason: String)
    /// A file of the run is damaged, or this program did not write it.
    case badRunFile(path: String, fact: String)
    /// A checkpoint in the directory of a run belongs to another run, and how they differ as far as known.
    case otherRun(checkpoint: String, facts: [String])
    /// The memory limit is too low for this base and these texts.
    case tooLittleMemory(limit: Int, least: Int)
    /// A path that the run needs as a directory is something else.
    case notADirectory(path: String)
}

extension TrainingError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .runExists(let directory):
            "\(directory): already holds a run; continue it with \(setting: .resume), replace it with \(setting: .overwrite), or choose another directory with \(setting: .checkpointDir)"
        case .noRun(let directory):
            "\(directory): holds no run to resume; check the path, or leave out \(setting: .resume) to start one"
        case .nothingToResume(let directory, let reasons):
            "\(directory): no checkpoint can be resumed (\(reasons.joined(separator: "; "))); start again with \(setting: .overwrite)"
        case .locked(let directory, let process):
            "\(directory): in use by another apr\(process.map { " (process \($0))" } ?? ""); wait for it to end or choose another directory with \(setting: .checkpointDir)"
        case .resumeMismatch(let directory, let differences, let isOfDataAlone):
            "\(directory): the run cannot be resumed: \(differences.joined(separator: "; ")); restore the old values\(isOfDataAlone ? ", continue with the new data with \(setting: .allowDataMismatch)" as Message : ""), or start again with \(setting: .overwrite)"
        case .notFinite(let step, let quantity, let value):
            "step \(step): the \(quantity) is \(value) and was not saved; checkpoints of earlier steps are intact; try a lower \(setting: .learningRate)"
        case .noTrainingExamples:
            "no example is left to train on; add examples or lower \(setting: .valSplit)"
        case .validationLabels(let fact): "validation data: \(fact)"
        case .bestNotSaved(let directory, let reason):
            "\(directory): the best weights are NOT on disk: \(reason); make room and run again with \(setting: .resume)"
        case .badRunFile(let path, let fact):
            "\(path): \(fact); restore the file, or start again with \(setting: .overwrite)"
        case .otherRun(let checkpoint, let facts):
            "\(checkpoint): belongs to another run than the run.json beside it\(facts.isEmpty ? "" : ": \(facts.joined(separator: "; "))"); move it out of this run's directory"
        case .tooLittleMemory(let limit, let least):
            "a limit of \(limit) bytes of memory is too low for this base and the longest text; the least is \(least) bytes (\(setting: .maxMemory, value: "\((least + 999_999) / 1_000_000)M")); raise it, or lower \(setting: .maxSeqLength)"
        case .notADirectory(let path):
            "\(path): not a directory; choose another with \(setting: .checkpointDir)"
        }
    }
}
