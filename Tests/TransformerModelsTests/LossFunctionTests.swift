import Foundation
import TensorCore
import TestSupport
import Testing

/// The loss against its definition and central differences. Equality with torch is tested in `Tests/Python`.
@Suite struct LossFunctionTests {
    private let K = 4
    private let logits = randomValues(12, "logits").map { 3 * $0 }

    struct Case: Sendable {
        let targets: LossTargets
        let loss: LossFunction
    }

    static let cases = [
        Case(targets: .classes([0, 3, 2]), loss: LossFunction()),
        Case(targets: .classes([0, 3, 2]), loss: LossFunction(classWeights: [0.5, 1, 2, 3])),
        Case(
            targets: .classes([1, 1, 2]),
            loss: LossFunction(classWeights: [0.5, 1, 2, 3], labelSmoothing: 0.2)),
        Case(targets: .multiLabel([1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1]), loss: LossFunction()),
        Case(
            targets: .multiLabel([1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1]),
            loss: LossFunction(classWeights: [0.5, 1, 2, 3])),
    ]

    @Test(arguments: cases) func `The gradient is that of the loss`(_ test: Case) {
        let normalizer = test.loss.normalizer(test.targets, numLabels: K)
        func value(_ logits: [Float]) -> Double {
            test.loss.evaluate(logits: logits, targets: test.targets, numLabels: K, normalizer: normalizer)
                .loss
        }
        let gradient = test.loss.evaluate(
            logits: logits, targets: test.targets, numLabels: K, normalizer: normalizer
        ).dLogits
        // The logits are single precision, so the step is coarse and the bound a thousandth.
        let numeric = logits.indices.map { index in
            var (up, down) = (logits, logits)
            up[index] += 1 / 256
            down[index] -= 1 / 256
            return (value(up) - value(down)) / Double(up[index] - down[index])
        }
        #expect(relativeError(gradient, numeric) < 1e-4)
    }

    @Test func `Parts add up to the whole when they share the normalizer`() {
        let loss = LossFunction(classWeights: [0.5, 1, 2, 3], labelSmoothing: 0.1)
        let whole = LossTargets.classes([0, 3, 2])
        let normalizer = loss.normalizer(whole, numLabels: K)
        let together = loss.evaluate(logits: logits, targets: whole, numLabels: K, normalizer: normalizer)
        let first = loss.evaluate(
            logits: Array(logits[..<4]), targets: .classes([0]), numLabels: K, normalizer: normalizer)
        let rest = loss.evaluate(
            logits: Array(logits[4...]), targets: .classes([3, 2]), numLabels: K, normalizer: normalizer)
        #expect(abs(together.loss - first.loss - rest.loss) < 1e-12)
        #expect(together.dLogits == first.dLogits + rest.dLogits)
    }

    @Test func `Extreme logits give a finite loss`() {
        let result = LossFunction().evaluate(
            logits: [1e4, -1e4, 0, 0], targets: .classes([1]), numLabels: 4, normalizer: 1)
        #expect(result.loss == 20_000)
        #expect(!result.dLogits.contains { !$0.isFinite })
        let binary = LossFunction().evaluate(
            logits: [1e4, -1e4], targets: .multiLabel([0, 1]), numLabels: 2, normalizer: 2)
        #expect(binary.loss == 10_000)
    }
}
