import Crypto
import Diagnostics
import Platform

/// Which examples train and which validate.
///
/// A pure function of the seed and the examples; the order of the file does not matter. Rows that are connected by
/// equal texts or equal groups form a unit that stays on one side. Class shares are kept as closely as the units
/// allow: to the exact row if every unit is a single row.
public struct DatasetSplit: Sendable, Hashable {
    /// The indices in `ClassifyDataset.examples` that train, in an order that does not depend on the file's.
    public let train: [Int]
    /// The indices that validate, in such an order; empty for a share of 0.
    public let validation: [Int]
    /// Deviations of the split from the request.
    public let warnings: [Warning]
    /// A hash of the texts on each side, which identifies the split: "sha256:…".
    public let fingerprint: String

    /// Deviations of the split from the request.
    public enum Warning: Sendable, Hashable {
        /// Classes that have examples, but none on the training side.
        case missingFromTrain([String])
        /// Classes that have examples, but none on the validation side.
        case missingFromValidation([String])
        /// Units that must stay together prevented the requested share: the wanted and the reached one.
        case shareMissed(wanted: Double, reached: Double)
    }

    /// Splits a corpus.
    ///
    /// - Parameters:
    ///   - dataset: the corpus.
    ///   - validationShare: the share of rows to validate on, in [0, 1); 0 trains on all.
    ///   - seed: chooses among the possible splits.
    /// - Throws: `DatasetError.unusable` if the share is not in [0, 1), or if no split has an example on both sides.
    public init(_ dataset: ClassifyDataset, validationShare: Double, seed: UInt64) throws(DatasetError) {
        guard validationShare >= 0, validationShare < 1 else {
            throw .unusable(source: .setting(.valSplit), problem: .splitRatio(validationShare))
        }
        guard !dataset.examples.isEmpty else {
            throw .unusable(source: .named("split"), problem: .noExamples)
        }
        guard validationShare > 0 else {
            self.init(
                dataset, isValidation: Array(repeating: false, count: dataset.examples.count), warnings: [])
            return
        }
        let units = SplitUnits(dataset)
        guard units.count > 1 else {
            throw .unusable(
                source: .named("split"),
                problem: .cannotSplit(examples: dataset.examples.count, units: units.count))
        }
        let assignment = SplitAssignment.best(units: units, share: validationShare, seed: seed)
        var isValidation = [Bool](repeating: false, count: dataset.examples.count)
        for (unit, chosen) in assignment.enumerated() where chosen {
            for index in units.members[unit] { isValidation[index] = true }
        }
        var warnings: [Warning] = []
        let reached = Double(isValidation.count { $0 }) / Double(isValidation.count)
        // Rounding to whole rows needs no warning; a deviation of a tenth of the share and more than a row does.
        let difference = abs(reached - validationShare)
        if difference > validationShare / 10, difference * Double(isValidation.count) > 1 {
            warnings.append(.shareMissed(wanted: validationShare, reached: reached))
        }
        self.init(dataset, isValidation: isValidation, warnings: warnings)
    }

    private init(_ dataset: ClassifyDataset, isValidation: [Bool], warnings: [Warning]) {
        train = dataset.canonicalOrder.filter { !isValidation[$0] }
        validation = dataset.canonicalOrder.filter { isValidation[$0] }
        let all = dataset.classCounts
        let trainCounts = dataset.classCounts(of: train)
        let missingFromTrain = all.indices.filter { all[$0] > 0 && trainCounts[$0] == 0 }
        let missingFromValidation = all.indices.filter { all[$0] > 0 && trainCounts[$0] == all[$0] }
        var warnings = warnings
        if !missingFromTrain.isEmpty {
            warnings.append(.missingFromTrain(missingFromTrain.map { dataset.labels[$0] }))
        }
        if !validation.isEmpty, !missingFromValidation.isEmpty {
            warnings.append(.missingFromValidation(missingFromValidation.map { dataset.labels[$0] }))
        }
        self.warnings = warnings
        fingerprint = Self.fingerprint(dataset, train: train, validation: validation)
    }

    private static func fingerprint(_ dataset: ClassifyDataset, train: [Int], validation: [Int]) -> String {
        var digest = SHA256()
        for side in [train, validation] {
            withUnsafeBytes(of: UInt64(side.count).littleEndian) { digest.update(bufferPointer: $0) }
            for index in side {
                withUnsafeBytes(of: dataset.textKeys[index].bigEndian) { digest.update(bufferPointer: $0) }
            }
        }
        return "sha256:" + Hexadecimal.text(digest.finalize())
    }
}

extension DatasetSplit.Warning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingFromTrain(let names):
            "no training example of \(LineProblem.listed(names)): all of them are in the validation data"
        case .missingFromValidation(let names):
            "no validation example of \(LineProblem.listed(names)): too few examples to share"
        case .shareMissed(let wanted, let reached):
            "rows that must stay together make the validation share \(Self.percent(reached)) instead of \(Self.percent(wanted))"
        }
    }

    private static func percent(_ share: Double) -> String {
        "\((share * 1000).rounded() / 10) %"
    }
}
