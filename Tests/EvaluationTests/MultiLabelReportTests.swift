import Evaluation
import JSONCore
import Testing

@Suite struct MultiLabelReportTests {
    @Test func `the scores of an example counted by hand`() throws {
        // truth {0,1} {1} {} ; predicted {0,1} {0} {}
        let report = try MultiLabelReport(
            logits: [3, 3, 3, -3, -3, -3], labels: [[0, 1], [1], []], labelNames: ["a", "b"])
        #expect(report.subsetAccuracy == 2.0 / 3)
        #expect(report.hammingLoss == 2.0 / 6)
        #expect(report.labels.map(\.scores.precision) == [0.5, 1])
        #expect(report.labels.map(\.scores.recall) == [1, 0.5])
        #expect(report.labels.map(\.support) == [1, 2])
        // TP 2, predicted 3, support 3
        #expect(abs(report.microAverage.f1 - 2.0 / 3) < 1e-15)
        #expect(abs(report.macroAverage.f1 - 2.0 / 3) < 1e-15)
        #expect(abs(report.majoritySubsetAccuracy - 1.0 / 3) < 1e-15)
        // Four decisions right at ln(1 + e⁻³), two wrong at ln(1 + e³)
        #expect(abs(report.logLoss - (4 * 0.04858735157374196 + 2 * 3.0485873515737420) / 6) < 1e-14)
    }

    @Test func `a logit of zero reaches the threshold`() throws {
        let report = try MultiLabelReport(logits: [0], labels: [[0]], labelNames: ["a"])
        #expect(report.subsetAccuracy == 1)
    }

    @Test func `the threshold decides`() throws {
        let report = try MultiLabelReport(
            logits: [1, -1], labels: [[0], [0]], labelNames: ["a"], thresholds: [0.2])
        #expect(report.labels[0].scores.recall == 1)
        #expect(report.json["threshold"]?.double == 0.2)
    }

    @Test func `no predicted and no true label gives zeros and no NaN`() throws {
        let report = try MultiLabelReport(logits: [-9, -9], labels: [[]], labelNames: ["a", "b"])
        #expect(report.microAverage.f1 == 0)
        #expect(report.macroAverage.f1 == 0)
        #expect(report.weightedAverage.f1 == 0)
        #expect(report.subsetAccuracy == 1)
    }

    @Test func `enormous logits keep the loss finite`() throws {
        let report = try MultiLabelReport(
            logits: [.greatestFiniteMagnitude, -.greatestFiniteMagnitude], labels: [[1]],
            labelNames: ["a", "b"])
        #expect(abs(report.logLoss - 36.04365338911715) < 1e-12)
    }
}

@Suite struct ProbabilitiesTests {
    @Test func `softmax of equal logits is uniform`() {
        #expect(Probabilities.softmax([7, 7, 7, 7]) == [0.25, 0.25, 0.25, 0.25])
    }

    @Test func `softmax survives extreme logits`() {
        let row = Probabilities.softmax([.greatestFiniteMagnitude, 0, -.greatestFiniteMagnitude])
        #expect(row == [1, 0, 0])
    }

    @Test func `sigmoid is exact at its ends and symmetric`() {
        #expect(Probabilities.sigmoid(0) == 0.5)
        #expect(Probabilities.sigmoid(-.greatestFiniteMagnitude) == 0)
        #expect(Probabilities.sigmoid(.greatestFiniteMagnitude) == 1)
        // 1 / (1 + e⁴⁰), from its series e⁻⁴⁰ (1 - e⁻⁴⁰)
        #expect(abs(Probabilities.sigmoid(-40) / 4.248354255291589e-18 - 1) < 1e-14)
    }
}
