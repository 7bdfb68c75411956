/// The training speed over the last steps.
struct Throughput: Sendable {
    private static let window = 20

    private var steps: [(seconds: Double, samples: Int, tokens: Int)] = []

    /// Records a step.
    mutating func add(seconds: Double, samples: Int, tokens: Int) {
        if steps.count == Self.window { steps.removeFirst() }
        steps.append((seconds, samples, tokens))
    }

    /// Samples per second; 0 before the first step.
    var samplesPerSecond: Double { rate(\.samples) }
    /// Tokens per second; 0 before the first step.
    var tokensPerSecond: Double { rate(\.tokens) }
    /// Seconds per step; 0 before the first step.
    var secondsPerStep: Double { steps.isEmpty ? 0 : seconds / Double(steps.count) }

    private var seconds: Double { steps.reduce(0) { $0 + $1.seconds } }

    private func rate(_ count: KeyPath<(seconds: Double, samples: Int, tokens: Int), Int>) -> Double {
        seconds > 0 ? Double(steps.reduce(0) { $0 + $1[keyPath: count] }) / seconds : 0
    }
}
