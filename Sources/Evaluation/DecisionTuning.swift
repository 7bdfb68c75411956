package import JSONCore
import Platform

/// A decision rule tuned on validation rows, and what it is worth there.
///
/// - Multi-label: each label's threshold is the one of the grid whose F1 is highest, moved towards the threshold whose
///   macro F1 is highest for all labels together, as `priorPositives` more positives would move it. A label with few
///   positives thus gets the common threshold.
/// - Single-label: one temperature, at the lowest negative log-likelihood of all rows plus half its squared logarithm,
///   which keeps it finite when every row is right.
///
/// The rule is only used when it improves the metric on rows that it was not tuned on.
public struct DecisionTuning: Sendable, Hashable {
    /// Fewer rows say too little.
    public static let leastRows = 50
    /// Fewer labels on all rows say too little.
    static let leastPositives = 10
    /// How many positives of its own a label needs to count as much as all labels together.
    static let priorPositives = 20.0
    /// The grid of thresholds, as logits from -7 to 7.
    static let grid = (0...140).map { Double($0) / 10 - 7 }
    /// More rows hardly move a temperature.
    private static let temperatureRows = 5_000
    private static let foldCount = 5

    /// The rule; untuned when tuning improved nothing.
    public let rule: DecisionRule
    /// The number of rows.
    public let sampleCount: Int
    /// Whether the metric is the macro F1 of any number of labels; otherwise it is the log loss.
    public let isMultiLabel: Bool
    /// The metric at a temperature of 1 and thresholds of one half.
    public let before: Double
    /// The metric where each fifth of the rows is decided by a rule tuned on the others.
    public let crossFitted: Double

    /// Whether the rule changes anything.
    public var isTuned: Bool { rule != .untuned }

    /// Tunes the rule of a model.
    ///
    /// Returns nil when there are too few rows or labels, or when a logit is not finite.
    ///
    /// - Parameters:
    ///   - logits: `[rows, classCount]` row by row.
    ///   - labels: for each row the labels it has; exactly one for single-label.
    public init?(logits: [Float], labels: [[Int]], classCount: Int, isMultiLabel: Bool) {
        guard labels.count >= Self.leastRows, classCount >= 1, logits.count == labels.count * classCount,
            logits.allSatisfy(\.isFinite),
            !isMultiLabel || labels.reduce(0, { $0 + $1.count }) >= Self.leastPositives
        else { return nil }
        let rows = Rows(logits: logits, labels: labels, classCount: classCount)
        let all = Array(labels.indices)
        func tuned(on indices: [Int]) -> DecisionRule {
            isMultiLabel
                ? ThresholdSearch(rows, indices).rule
                : DecisionRule(temperature: rows.temperature(on: Self.spread(indices)))
        }
        func metric(_ rule: (Int) -> DecisionRule) -> Double {
            isMultiLabel ? rows.macroF1(rule) : rows.logLoss(rule)
        }
        let folds = (0..<Self.foldCount).map { fold in
            tuned(on: all.filter { $0 % Self.foldCount != fold })
        }
        before = metric { _ in .untuned }
        crossFitted = metric { folds[$0 % Self.foldCount] }
        sampleCount = labels.count
        self.isMultiLabel = isMultiLabel
        let isBetter = isMultiLabel ? crossFitted > before : crossFitted < before
        rule = isBetter ? tuned(on: all) : .untuned
    }
}

extension DecisionTuning {
    /// So many of the rows that a temperature is fitted quickly, from all over the data.
    private static func spread(_ rows: [Int]) -> [Int] {
        let step = max(1, (rows.count + temperatureRows - 1) / temperatureRows)
        return stride(from: 0, to: rows.count, by: step).map { rows[$0] }
    }

    /// The tuning for `metadata.json`; its temperature or thresholds are null when they improved nothing.
    package var json: JSONObject {
        var object: JSONObject = [
            "samples": JSONValue(sampleCount), "metric": isMultiLabel ? "macro_f1" : "log_loss",
            "before": JSONValue(before), "cross_fitted": JSONValue(crossFitted),
        ]
        if isMultiLabel {
            object["thresholds"] = rule.thresholds.map { .array($0.map { JSONValue($0) }) } ?? .null
        } else {
            object["temperature"] = isTuned ? JSONValue(rule.temperature) : .null
        }
        return object
    }
}

/// Labelled logits.
private struct Rows {
    let logits: [Float]
    let labels: [[Int]]
    let classCount: Int

    func logits(of row: Int) -> ArraySlice<Float> { logits[row * classCount..<(row + 1) * classCount] }

    /// The macro F1 when each row is decided by a rule of its own.
    func macroF1(_ rule: (Int) -> DecisionRule) -> Double {
        var truePositives = [Int](repeating: 0, count: classCount)
        var (support, predicted) = (truePositives, truePositives)
        for row in labels.indices {
            let guesses = rule(row).labels(of: logits(of: row))
            for label in guesses { predicted[label] += 1 }
            for label in labels[row] {
                support[label] += 1
                if guesses.contains(label) { truePositives[label] += 1 }
            }
        }
        return ClassTally.macroF1(truePositives: truePositives, support: support, predicted: predicted)
    }

    /// The mean log loss when each row is decided by a rule of its own.
    func logLoss(_ rule: (Int) -> DecisionRule) -> Double {
        labels.indices.reduce(0) { sum, row in
            sum - Probabilities.clippedLog(rule(row).softmax(logits(of: row))[labels[row][0]])
        } / Double(labels.count)
    }

    /// The temperature of the lowest penalised negative log-likelihood of some rows, between e⁻³ and e³.
    func temperature(on rows: [Int]) -> Double {
        func cost(_ logarithm: Double) -> Double {
            let temperature = exp(logarithm)
            var sum = logarithm * logarithm / 2
            for row in rows {
                let scores = logits(of: row)
                let highest = Double(scores.max() ?? 0)
                var total = 0.0
                for score in scores { total += exp((Double(score) - highest) / temperature) }
                let own = Double(logits[row * classCount + labels[row][0]])
                sum += log(total) - (own - highest) / temperature
            }
            return sum
        }
        // A coarse search first: the penalty may leave a second minimum far from 1.
        let coarse = (-6...6).map { Double($0) / 2 }
        let best = coarse.min { cost($0) < cost($1) } ?? 0
        let ratio = (5.0.squareRoot() - 1) / 2
        var (low, high) = (best - 0.5, best + 0.5)
        var (left, right) = (high - ratio, low + ratio)
        var (costLeft, costRight) = (cost(left), cost(right))
        for _ in 0..<32 {
            if costLeft <= costRight {
                (high, right, costRight) = (right, left, costLeft)
                left = high - ratio * (high - low)
                costLeft = cost(left)
            } else {
                (low, left, costLeft) = (left, right, costRight)
                right = low + ratio * (high - low)
                costRight = cost(right)
            }
        }
        return exp((low + high) / 2)
    }
}

/// Finds thresholds on some rows.
private struct ThresholdSearch {
    /// For each label the F1 at each threshold of the grid.
    private var scores: [[Double]] = []
    private var positives: [Int] = []

    init(_ rows: Rows, _ indices: [Int]) {
        let grid = DecisionTuning.grid
        for label in 0..<rows.classCount {
            // Rows by the number of thresholds that they reach.
            var (all, right) = (
                [Int](repeating: 0, count: grid.count + 1), [Int](repeating: 0, count: grid.count + 1)
            )
            for row in indices {
                let reached = Self.reached(Double(rows.logits[row * rows.classCount + label]))
                all[reached] += 1
                if rows.labels[row].contains(label) { right[reached] += 1 }
            }
            let support = right.reduce(0, +)
            positives.append(support)
            var (predicted, truePositives) = (0, 0)
            var f1 = [Double](repeating: 0, count: grid.count)
            for index in grid.indices.reversed() {
                predicted += all[index + 1]
                truePositives += right[index + 1]
                f1[index] = ClassTally.f1(
                    truePositives: truePositives, support: support, predicted: predicted)
            }
            scores.append(f1)
        }
    }

    var rule: DecisionRule {
        let present = positives.indices.filter { positives[$0] > 0 }
        let common = Self.best(
            DecisionTuning.grid.indices.map { index in present.reduce(0) { $0 + scores[$1][index] } })
        return DecisionRule(
            thresholds: positives.indices.map { label in
                let own = Double(positives[label])
                let logit =
                    (own * Self.best(scores[label]) + DecisionTuning.priorPositives * common)
                    / (own + DecisionTuning.priorPositives)
                return 1 / (1 + exp(-logit))
            })
    }

    /// How many thresholds of the grid a logit reaches.
    private static func reached(_ logit: Double) -> Int {
        var (low, high) = (0, DecisionTuning.grid.count)
        while low < high {
            let middle = (low + high) / 2
            if DecisionTuning.grid[middle] <= logit { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The threshold of the highest score; of equals the one that is nearest to a probability of one half.
    private static func best(_ scores: [Double]) -> Double {
        let highest = scores.max() ?? 0
        let equal = DecisionTuning.grid.indices.filter { scores[$0] == highest }
        return equal.map { DecisionTuning.grid[$0] }.min { abs($0) < abs($1) } ?? 0
    }
}
