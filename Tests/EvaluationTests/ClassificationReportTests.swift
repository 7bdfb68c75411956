import Evaluation
import JSONCore
import Testing

/// Logits whose softmax predicts a class with moderate confidence.
private func logits(predicting predictions: [Int], classes: Int) -> [Float] {
    predictions.flatMap { prediction in (0..<classes).map { $0 == prediction ? 2 : 0 } }
}

@Suite struct ClassificationReportTests {
    @Test func `the scores of an example counted by hand`() throws {
        // true 0 0 0 1 1 2, predicted 0 0 1 1 2 2
        let report = try ClassificationReport(
            logits: logits(predicting: [0, 0, 1, 1, 2, 2], classes: 3), labels: [0, 0, 0, 1, 1, 2],
            labelNames: ["a", "b", "c"])
        #expect(report.accuracy == 4.0 / 6)
        #expect(report.confusion.matrix == [[2, 1, 0], [0, 1, 1], [0, 0, 1]])
        #expect(report.classes.map(\.scores.precision) == [1, 0.5, 0.5])
        #expect(report.classes.map(\.scores.recall) == [2.0 / 3, 0.5, 1])
        #expect(report.classes.map(\.scores.f1) == [0.8, 0.5, 2.0 / 3])
        #expect(report.classes.map(\.support) == [3, 2, 1])
        #expect(abs(report.macroAverage.f1 - (0.8 + 0.5 + 2.0 / 3) / 3) < 1e-15)
        #expect(abs(report.weightedAverage.recall - 4.0 / 6) < 1e-15)
        // (s·c - Σ t·p) / √((s² - Σp²)(s² - Σt²)) = (24 - 12) / √(24 · 22)
        #expect(abs(report.confusion.matthewsCorrelation - 12 / (24.0 * 22).squareRoot()) < 1e-15)
        // chance agreement 12/36; (4/6 - 1/3) / (1 - 1/3)
        #expect(abs((report.confusion.cohenKappa ?? .nan) - 0.5) < 1e-15)
        #expect(report.majority.label == "a")
        #expect(report.majority.accuracy == 0.5)
        #expect(abs(report.majority.macroF1 - (2.0 * 3 / 9) / 3) < 1e-15)
        #expect(
            report.confusion.topConfusions(5).map { [$0.label, $0.prediction, $0.count] } == [
                [0, 1, 1], [1, 2, 1],
            ])
    }

    @Test func `the probability scores of two samples`() throws {
        let report = try ClassificationReport(
            probabilities: [0.5, 0.25, 0.25, 0.1, 0.1, 0.8], labels: [0, 1], labelNames: ["a", "b", "c"])
        // -(ln 1/2 + ln 1/10) / 2
        #expect(abs(report.logLoss - 1.497866136776995) < 1e-14)
        // ((0.25 + 0.0625 + 0.0625) + (0.01 + 0.81 + 0.64)) / 2
        #expect(abs(report.brierScore - 0.9175) < 1e-15)
        // bins (0.4, 0.5] and (0.7, 0.8]: (|1 - 0.5| + |0 - 0.8|) / 2
        #expect(abs(report.calibration.expectedError - 0.65) < 1e-15)
        #expect(report.calibration.bins.map(\.count) == [0, 0, 0, 0, 1, 0, 0, 1, 0, 0])
        #expect(report.confidence.meanCorrect == 0.5)
        #expect(report.confidence.meanWrong == 0.8)
        #expect(report.confidence.gap == 0.5 - 0.8)
        // Class b ties with a behind c, and stands after it: third.
        #expect(report.top2Accuracy == 0.5)
    }

    @Test func `equal scores predict the first class`() throws {
        let report = try ClassificationReport(logits: [1, 1, 1], labels: [0], labelNames: ["a", "b", "c"])
        #expect(report.accuracy == 1)
    }

    @Test func `certain mistakes cost a finite log loss`() throws {
        let report = try ClassificationReport(
            probabilities: [1, 0], labels: [1], labelNames: ["a", "b"], resamples: 0)
        #expect(abs(report.logLoss - 36.04365338911715) < 1e-12)
        #expect(report.intervals == nil)
    }

    @Test func `a single class on both sides leaves kappa undefined and the correlation zero`() throws {
        let report = try ClassificationReport(
            logits: logits(predicting: [1, 1], classes: 2), labels: [1, 1], labelNames: ["a", "b"])
        #expect(report.confusion.cohenKappa == nil)
        #expect(report.confusion.matthewsCorrelation == 0)
        #expect(report.accuracy == 1)
        #expect(report.macroAverage.f1 == 0.5)
        #expect(report.json["cohen_kappa"] == .null)
        #expect(report.json["confidence"]?["mean_wrong"] == .null)
    }

    @Test func `intervals depend on the seed alone`() throws {
        let labels = (0..<60).map { $0 % 3 }
        let scores = logits(predicting: (0..<60).map { $0 % 7 % 3 }, classes: 3)
        func intervals(_ seed: UInt64) throws -> BootstrapIntervals? {
            try ClassificationReport(logits: scores, labels: labels, labelNames: ["a", "b", "c"], seed: seed)
                .intervals
        }
        #expect(try intervals(1) == intervals(1))
        #expect(try intervals(1) != intervals(2))
    }

    @Test func `thousands of classes need no dense matrix`() throws {
        let count = 5_000
        let report = try ClassificationReport(
            logits: (0..<count).map { Float($0) }, labels: [count - 1],
            labelNames: (0..<count).map { "class \($0)" }, resamples: 2)
        #expect(report.accuracy == 1)
        #expect(report.json["confusion_matrix"] == .null)
        #expect(!report.text.contains("Confusion matrix"))
    }
}

@Suite struct EvaluationErrorTests {
    @Test func `an empty evaluation is refused`() {
        #expect(throws: EvaluationError.noSamples) {
            try ClassificationReport(logits: [], labels: [], labelNames: ["a", "b"])
        }
    }

    @Test func `fewer than two classes are refused`() {
        #expect(throws: EvaluationError.tooFewClasses(found: 1, needed: 2)) {
            try ClassificationReport(logits: [1], labels: [0], labelNames: ["a"])
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `a logit that is not finite is named`(_ bad: Float) {
        #expect(throws: EvaluationError.notFinite(row: 1, label: 0)) {
            try ClassificationReport(logits: [1, 2, bad, 4], labels: [0, 1], labelNames: ["a", "b"])
        }
        #expect(throws: EvaluationError.notFinite(row: 1, label: 0)) {
            try MultiLabelReport(logits: [1, 2, bad, 4], labels: [[0], [1]], labelNames: ["a", "b"])
        }
    }

    @Test func `a probability that is not finite is named`() {
        #expect(throws: EvaluationError.notFinite(row: 1, label: 1)) {
            try ClassificationReport(
                probabilities: [0.5, 0.5, 0.5, .nan], labels: [0, 1], labelNames: ["a", "b"])
        }
    }

    @Test(arguments: [[0.5, 0.6], [-0.5, 1.5], [0, 0]])
    func `rows that are not probabilities are refused`(_ row: [Double]) {
        #expect(throws: EvaluationError.notProbabilities(row: 0)) {
            try ClassificationReport(probabilities: row, labels: [0], labelNames: ["a", "b"])
        }
    }

    @Test(arguments: [-1, 2, Int.max, Int.min])
    func `labels out of range are refused`(_ label: Int) {
        #expect(throws: EvaluationError.labelOutOfRange(row: 0, label: label, classes: 2)) {
            try ClassificationReport(logits: [1, 2], labels: [label], labelNames: ["a", "b"])
        }
        #expect(throws: EvaluationError.labelOutOfRange(row: 0, label: label, classes: 2)) {
            try MultiLabelReport(logits: [1, 2], labels: [[label]], labelNames: ["a", "b"])
        }
    }

    @Test func `a repeated label in a row is refused`() {
        #expect(throws: EvaluationError.repeatedLabel(row: 0, label: 1)) {
            try MultiLabelReport(logits: [1, 2], labels: [[1, 1]], labelNames: ["a", "b"])
        }
    }

    @Test func `scores must be rows times classes`() {
        #expect(throws: EvaluationError.scoreCount(found: 3, rows: 2, classes: 2)) {
            try ClassificationReport(logits: [1, 2, 3], labels: [0, 1], labelNames: ["a", "b"])
        }
        #expect(throws: EvaluationError.scoreCount(found: 3, rows: 2, classes: 2)) {
            try MultiLabelReport(logits: [1, 2, 3], labels: [[], []], labelNames: ["a", "b"])
        }
    }
}

@Suite struct PairedComparisonTests {
    @Test func `the same predictions differ by nothing, and better ones by more than nothing`() throws {
        let truth = (0..<60).map { [$0 % 3] }
        let wrong = truth.map { [($0[0] + 1) % 3] }
        let mixed = truth.indices.map { $0 % 4 == 0 ? wrong[$0] : truth[$0] }
        func difference(_ first: [[Int]], _ second: [[Int]]) throws -> ConfidenceInterval {
            try #require(
                PairedComparison(truth: truth, predictions: first, others: second, classCount: 3)
            ).difference
        }
        #expect(try difference(mixed, mixed) == ConfidenceInterval(lower: 0, upper: 0))
        let better = try difference(truth, mixed)
        #expect(better.lower > 0 && better.lower < 0.25 && better.upper > 0.25 && better.upper < 0.5)
        let worse = try difference(mixed, truth)
        #expect(abs(worse.lower + better.upper) < 1e-12 && abs(worse.upper + better.lower) < 1e-12)
        #expect(PairedComparison.macroF1(truth: truth, predictions: truth, classCount: 4) == 0.75)
        #expect(PairedComparison(truth: [], predictions: [], others: [], classCount: 3) == nil)
    }

    @Test func `several labels of a row count each`() {
        // Label 0: one hit, one miss; label 1: one hit and one false alarm.
        let value = PairedComparison.macroF1(
            truth: [[0, 1], [0], []], predictions: [[0, 1], [], [1]], classCount: 2)
        #expect(abs(value - (2.0 / 3 + 2.0 / 3) / 2) < 1e-15)
    }
}
