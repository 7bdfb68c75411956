public import Diagnostics
import Evaluation

/// A sentence about how good the model of a run is, and what to do about it.
public struct RunVerdict: Sendable, Hashable, MessageConvertible {
    /// What it says, in one word for programs.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Nothing can be said without validation rows.
        case noValidation = "no_validation"
        /// A class of the validation rows is never predicted.
        case neverPredicted = "never_predicted"
        /// It cannot be told from naming the most frequent class.
        case noBetterThanMajority = "no_better_than_majority"
        /// TF-IDF and logistic regression are better.
        case worseThanTFIDF = "worse_than_tfidf"
        /// TF-IDF and logistic regression cannot be told from it.
        case levelWithTFIDF = "level_with_tfidf"
        /// It is better than TF-IDF and logistic regression.
        case betterThanTFIDF = "better_than_tfidf"
        /// Logistic regression on the states of the untrained base is better.
        case worseThanProbe = "worse_than_linear_probe"
        /// The validation loss was still falling.
        case stillFalling = "still_falling"
        /// The learning rate was too high.
        case rateTooHigh = "rate_too_high"
        /// Another metric would have chosen another checkpoint.
        case otherMetric = "other_metric"
    }

    public let kind: Kind
    public let message: Message

    public var description: String { message.description }

    /// Whether it says that something is wrong.
    public var isProblem: Bool {
        switch kind {
        case .noValidation, .neverPredicted, .noBetterThanMajority, .worseThanTFIDF, .worseThanProbe,
            .stillFalling, .rateTooHigh:
            true
        case .levelWithTFIDF, .betterThanTFIDF, .otherMetric: false
        }
    }

    /// The most important of some verdicts in a few words; nil when there is none.
    static func headline(_ verdicts: [RunVerdict]) -> String? {
        let order: [(Kind, String?)] = [
            (.noBetterThanMajority, "no better than the majority class"),
            (.worseThanTFIDF, "worse than TF-IDF"), (.worseThanProbe, "worse than a linear probe"),
            (.neverPredicted, nil),
            (.rateTooHigh, "the learning rate was too high"), (.stillFalling, "still learning"),
            (.levelWithTFIDF, "level with TF-IDF"), (.betterThanTFIDF, "better than TF-IDF"),
        ]
        for (kind, words) in order {
            if let verdict = verdicts.first(where: { $0.kind == kind }) {
                return words ?? verdict.description
            }
        }
        return nil
    }

    /// What can be said of a run that has ended; nothing of one that is still going on or was interrupted.
    public static func all(_ log: RunLog, _ facts: RunFacts?) -> [RunVerdict] {
        guard let start = log.starts.last, let end = log.end,
            end.reason == "completed" || end.reason == "stopped_early"
        else { return [] }
        guard start.validationExamples > 0 else {
            return [
                RunVerdict(
                    kind: .noValidation,
                    message:
                        "no row validates, so nothing can be said of how good the model is; keep some back with \(setting: .valSplit, value: "0.2"), or evaluate it on other rows"
                )
            ]
        }
        let againstBaselines = facts.map { comparisons($0) } ?? []
        let isUseless = againstBaselines.contains { $0.kind == .noBetterThanMajority }
        return (facts?.evaluation.flatMap { neverPredicted($0) }.map { [$0] } ?? []) + againstBaselines
            + (TrainingCourse(log: log).verdict(isUseless: isUseless).map { [$0] } ?? [])
            + otherMetrics(log, chosenBy: start.metricForBest)
    }
}

// MARK: - The best checkpoint

extension RunVerdict {
    /// A class that half of its rows are predicted to have is missed three times in a row once in eight; one that
    /// fewer rows have may be missed by chance.
    private static let leastSupport = 3
    private static let shownClasses = 5

    private static func neverPredicted(_ evaluation: EvaluationSummary) -> RunVerdict? {
        let names = evaluation.classes.filter { $0.predicted == 0 && $0.support >= leastSupport }.map(\.label)
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(shownClasses).map { DisplayWidth.fitted($0, to: 40) }
        let rest = names.count - shown.count
        return RunVerdict(
            kind: .neverPredicted,
            message: "never predicts \(shown.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")")
    }

    /// Whether it is better than the baselines. The rows are a sample: a difference counts when its 95 % interval, from
    /// resampling the rows for both together, does not hold zero.
    private static func comparisons(_ facts: RunFacts) -> [RunVerdict] {
        guard let baselines = facts.baselines, let run = baselines.run else { return [] }
        let rows = "on \(NumberFormat.counted(baselines.validationRows, "validation row"))"
        func figures(_ other: BaselineFigures.Baseline) -> String {
            "macro F1 \(NumberFormat.fixed(run.macroF1, decimals: 3)) against \(NumberFormat.fixed(other.figures.macroF1, decimals: 3)) \(rows)"
        }
        var verdicts: [RunVerdict] = []
        if let difference = baselines.majority.difference, difference.lower <= 0 {
            let doubt =
                run.macroF1 > baselines.majority.figures.macroF1 ? ", which is within the sampling error" : ""
            verdicts.append(
                RunVerdict(
                    kind: .noBetterThanMajority,
                    message:
                        "no better than the majority class (\(baselines.majorityName)): \(figures(baselines.majority))\(doubt)"
                ))
        }
        if let tfidf = baselines.tfidf, let difference = tfidf.difference {
            let (kind, words): (Kind, String) =
                if difference.upper < 0 {
                    (.worseThanTFIDF, "worse than TF-IDF + logistic regression: \(figures(tfidf))")
                } else if difference.lower > 0 {
                    (.betterThanTFIDF, "better than TF-IDF + logistic regression: \(figures(tfidf))")
                } else {
                    (
                        .levelWithTFIDF,
                        "level with TF-IDF + logistic regression: \(figures(tfidf)), which is within the sampling error"
                    )
                }
            verdicts.append(RunVerdict(kind: kind, message: Message(words)))
        }
        if let probe = baselines.probe, let difference = probe.difference, difference.upper < 0 {
            verdicts.append(
                RunVerdict(
                    kind: .worseThanProbe,
                    message: Message(
                        "worse than a linear probe on the untrained base: \(figures(probe)); training has lost what the base knew: lower the rate"
                    )))
        }
        return verdicts
    }

    /// What would have been chosen by the metrics that did not choose.
    private static func otherMetrics(_ log: RunLog, chosenBy chosen: String) -> [RunVerdict] {
        guard let best = log.best else { return [] }
        var verdicts: [RunVerdict] = []
        var named: Set<Int> = [best.step]
        for metric in Metric.allCases where metric.rawValue != chosen {
            let values = log.evaluations.filter { metric.value($0).isFinite }
            // The first of equals, as when it chooses.
            guard let first = values.first else { continue }
            let other = values.dropFirst().reduce(first) {
                metric.isBetter(metric.value($1), metric.value($0)) ? $1 : $0
            }
            guard metric.isBetter(metric.value(other), metric.value(best)),
                named.insert(other.step).inserted
            else { continue }
            verdicts.append(
                RunVerdict(
                    kind: .otherMetric,
                    message:
                        "by \(metric.name), epoch \(other.epoch) (step \(other.step)) would be the best: \(metric.shown(other)) against \(metric.shown(best)) of epoch \(best.epoch); \(setting: .metricForBest, value: metric.rawValue) chooses it"
                ))
        }
        return verdicts
    }

    private enum Metric: String, CaseIterable {
        case macroF1 = "macro_f1"
        case accuracy, loss

        var name: String { self == .macroF1 ? "macro F1" : rawValue }

        func value(_ evaluation: RunLog.Evaluation) -> Double {
            switch self {
            case .macroF1: evaluation.macroF1
            case .accuracy: evaluation.accuracy
            case .loss: evaluation.loss
            }
        }

        func isBetter(_ value: Double, _ other: Double) -> Bool {
            self == .loss ? value < other : value > other
        }

        func shown(_ evaluation: RunLog.Evaluation) -> String {
            self == .accuracy
                ? NumberFormat.percent(evaluation.accuracy)
                : NumberFormat.fixed(value(evaluation), decimals: 3)
        }
    }
}
