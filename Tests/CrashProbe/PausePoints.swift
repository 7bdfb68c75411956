import Foundation
import Platform
import Synchronization

/// Counts how often each point is reached, and stops the process at one of them.
final class PausePoints: Sendable {
    private let target: (point: PausePoint, occurrence: Int)?
    private let counts = Mutex<[PausePoint: Int]>([:])

    /// - Parameter target: `POINT:N`, the N-th time (from 1) at which the point is reached; nil stops nowhere.
    init?(target: String?) {
        guard let target else {
            self.target = nil
            return
        }
        let parts = target.split(separator: ":")
        guard parts.count == 2, let point = PausePoint(rawValue: String(parts[0])), let number = Int(parts[1])
        else { return nil }
        self.target = (point, number)
    }

    /// Counts a point and returns whether to stop there, for callers that have something to do before.
    func isTarget(_ point: PausePoint) -> Bool {
        let count = counts.withLock { counts in
            counts[point, default: 0] += 1
            return counts[point]
        }
        return target.map { $0.point == point && $0.occurrence == count } ?? false
    }

    /// Counts a point, and stops there if it is the target.
    func reach(_ point: PausePoint) {
        if isTarget(point) { stop(at: point) }
    }

    /// Prints the point and waits to be killed.
    func stop(at point: PausePoint) -> Never {
        say("paused: \(point.rawValue)")
        while true { pause() }
    }

    /// How often each point was reached, for the harness to choose from.
    func report() {
        let counts = counts.withLock { $0 }
        for point in PausePoint.allCases { say("reached \(point.rawValue) \(counts[point] ?? 0)") }
    }
}

/// Writes a line to standard output without buffering: the harness must receive it before the kill.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
