import ClassificationData
import JSONCore
import Platform

/// Reads a corpus and prints the result and the peak memory of the process.
///
///     parity-probe corpus FILE VALIDATION_SHARE SEED [QUOTING]
enum CorpusCommand {
    /// Runs the command if it is this one; false if it is not.
    static func run(_ arguments: [String]) throws -> Bool {
        guard (4...5).contains(arguments.count), arguments[0] == "corpus", let share = Double(arguments[2]),
            let seed = UInt64(arguments[3])
        else { return false }
        let start = ContinuousClock.now
        let quoting = arguments.count > 4 ? DatasetOptions.Quoting(rawValue: arguments[4]) : nil
        let dataset = try ClassifyDataset.load(
            path: arguments[1], options: DatasetOptions(quoting: quoting))
        let read = ContinuousClock.now
        let split = try DatasetSplit(dataset, validationShare: share, seed: seed)
        let done = ContinuousClock.now
        var usage = rusage()
        // RUSAGE_SELF is 0 in every libc, but not of one type.
        getrusage(0, &usage)
        #if canImport(Darwin)
            let peakBytes = Int(usage.ru_maxrss)
        #else
            let peakBytes = Int(usage.ru_maxrss) * 1_024
        #endif
        let result: JSONValue = [
            "examples": JSONValue(dataset.examples.count), "labels": JSONValue(dataset.labels.names),
            "counts": JSONValue(dataset.classCounts.map { JSONValue($0) }),
            "hash": JSONValue(dataset.sourceHash),
            "validation": JSONValue(dataset.classCounts(of: split.validation).map { JSONValue($0) }),
            "warnings": JSONValue(dataset.warnings.map(\.description)), "peak_bytes": JSONValue(peakBytes),
            "read_seconds": JSONValue((read - start) / .seconds(1)),
            "split_seconds": JSONValue((done - read) / .seconds(1)),
        ]
        print(result.encoded())
        return true
    }
}
