import Baselines
import ClassificationData
import Evaluation
import FineTuning
import Reporting

/// What the rows of a run can be predicted with at no cost, to be compared with what the run learns.
struct BaselineStudy {
    private let truth: [[Int]]
    private let labels: LabelMap
    private let trainRows: Int
    private let majorityLabels: [Int]
    private let tfidf: (rowCount: Int, predictions: [[Int]])?
    private let probe: (rowCount: Int, predictions: [[Int]])?

    /// Nil unless there are rows of both kinds.
    ///
    /// - Parameter states: the untrained base's for these rows, where there is time for them.
    init?(
        training: [Example], validation: [Example], labels: LabelMap, problemType: ProblemType,
        states: PooledStates?
    ) {
        guard !training.isEmpty, !validation.isEmpty else { return nil }
        self.labels = labels
        trainRows = training.count
        truth = validation.map(\.label.indices)
        let known = training.map(\.label.indices)
        majorityLabels = MajorityBaseline.labels(of: known)
        let texts = validation.map(\.text)
        tfidf = TextBaseline(
            texts: training.map(\.text), labels: known, classCount: labels.count,
            isMultiLabel: problemType == .multiLabel
        ).map { ($0.rowCount, $0.predictions(for: texts)) }
        probe = states.flatMap { states in
            LinearProbe(
                states: states.training, size: states.size, labels: known, classCount: labels.count,
                isMultiLabel: problemType == .multiLabel
            ).map { ($0.rowCount, $0.predictions(for: states.validation)) }
        }
    }

    /// The figures of the baselines, beside those of the run's predictions for the same rows where there are any.
    func figures(besides predictions: [[Int]]?) -> BaselineFigures {
        let guesses = truth.map { _ in majorityLabels }
        return BaselineFigures(
            trainRows: trainRows, validationRows: truth.count, run: predictions.map { figures(of: $0) },
            majorityLabels: majorityLabels.map { labels[$0] },
            majority: baseline(guesses, rowCount: trainRows, besides: predictions),
            tfidf: tfidf.map { baseline($0.predictions, rowCount: $0.rowCount, besides: predictions) },
            probe: probe.map { baseline($0.predictions, rowCount: $0.rowCount, besides: predictions) })
    }

    private func baseline(_ guesses: [[Int]], rowCount: Int, besides predictions: [[Int]]?)
        -> BaselineFigures.Baseline
    {
        BaselineFigures.Baseline(
            trainRows: rowCount, figures: figures(of: guesses),
            difference: predictions.flatMap {
                PairedComparison(
                    truth: truth, predictions: $0, others: guesses, classCount: labels.count)?.difference
            })
    }

    private func figures(of predictions: [[Int]]) -> BaselineFigures.Scores {
        BaselineFigures.Scores(
            accuracy: Double(zip(truth, predictions).count { $0 == $1 }) / Double(truth.count),
            macroF1: PairedComparison.macroF1(
                truth: truth, predictions: predictions, classCount: labels.count))
    }
}

extension ValidationPredictions {
    /// The classes predicted for each example.
    func labels(classCount: Int, isMultiLabel: Bool) -> [[Int]] {
        examples.indices.map { row in
            let scores = logits[row * classCount..<(row + 1) * classCount].map(Double.init)
            return isMultiLabel
                ? scores.indices.filter { scores[$0] >= 0 } : [Probabilities.argmax(scores)]
        }
    }
}
