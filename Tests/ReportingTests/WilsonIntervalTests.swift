import Reporting
import Testing

/// Values of `scipy.stats.binomtest(k, n).proportion_ci(method="wilson")`, SciPy 1.17.1.
@Suite struct WilsonIntervalTests {
    struct Case: Sendable {
        let successes: Int
        let trials: Int
        let lower: Double
        let upper: Double
    }

    static let cases = [
        Case(successes: 0, trials: 10, lower: 0, upper: 0.27753279986288926),
        Case(successes: 7, trials: 10, lower: 0.39677814746114526, upper: 0.892208732593699),
        Case(successes: 10, trials: 10, lower: 0.7224672001371109, upper: 1.0),
        Case(successes: 1, trials: 3, lower: 0.06149194472039626, upper: 0.7923403991979523),
        Case(successes: 450, trials: 1000, lower: 0.41941538407429674, upper: 0.48096729177425873),
        Case(successes: 1, trials: 1, lower: 0.20654931437723745, upper: 1.0),
    ]

    @Test(arguments: cases)
    func `The interval is SciPy's`(example: Case) throws {
        let interval = try #require(WilsonInterval(example.successes, of: example.trials))
        // SciPy computes the same formula; only rounding may differ.
        #expect(abs(interval.lower - example.lower) < 1e-9)
        #expect(abs(interval.upper - example.upper) < 1e-9)
    }

    @Test func `F1's interval holds F1 and is within 0 and 1`() throws {
        let interval = try #require(WilsonInterval.f1(truePositives: 8, support: 10, predicted: 12))
        let f1 = 16.0 / 22
        #expect(0 < interval.lower && interval.lower < f1 && f1 < interval.upper && interval.upper < 1)
    }

    @Test func `nothing tried has no interval`() {
        #expect(WilsonInterval(0, of: 0) == nil)
        #expect(WilsonInterval(3, of: 2) == nil)
        #expect(WilsonInterval.f1(truePositives: 0, support: 0, predicted: 0) == nil)
    }
}
