import Platform
import TensorCore

/// A clock that advances by a fixed time whenever it is read.
final class TestClock: Sendable {
    private let readings = Locked(0)
    private let secondsPerReading: Double

    init(secondsPerReading: Double) { self.secondsPerReading = secondsPerReading }

    func read() -> Double {
        readings.withLock { count in
            count += 1
            return Double(count) * secondsPerReading
        }
    }
}
