import BackendCPU
import Testing

/// An instruction set of this processor and a number of threads: all must give the same results within rounding.
struct Configuration: Sendable, CustomTestStringConvertible {
    let level: KernelLevel
    let threads: Int

    static let all = KernelLevel.allCases.filter { $0 <= .best }.flatMap { level in
        [1, 2, 3, 16].map { Configuration(level: level, threads: $0) }
    }

    var testDescription: String { "\(level.name), threads \(threads)" }

    func makeBackend() -> CPUBackend { CPUBackend(threads: threads, level: level) }
}
