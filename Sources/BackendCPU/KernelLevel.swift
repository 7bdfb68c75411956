import CPUKernels
import Foundation

/// The instruction set that the kernels use.
package enum KernelLevel: Int32, Sendable, CaseIterable, Comparable {
    /// The instructions that every processor of the architecture has.
    case portable
    case avx2
    case avx512

    /// The environment variable that forces a level, by its name.
    package static let variable = "APR_CPU_LEVEL"

    /// The best level of this processor.
    package static var best: KernelLevel { KernelLevel(rawValue: cpu_kernels_best_level()) ?? .portable }

    /// The level to use: the one that the environment asks for, else the best.
    ///
    /// - Throws: the fact when the environment asks for one that does not exist or that this processor lacks.
    package static func chosen(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(UnusableLevel) -> KernelLevel {
        guard let name = environment[variable], !name.isEmpty else { return best }
        guard let level = allCases.first(where: { $0.name == name }), level <= best else {
            throw UnusableLevel(name: name)
        }
        return level
    }

    package var name: String {
        switch self {
        case .portable: "portable"
        case .avx2: "avx2"
        case .avx512: "avx512"
        }
    }

    /// The level as text, with a note if it is slow.
    package var description: String {
        #if arch(x86_64)
            guard self == .portable else { return name }
            return KernelLevel.best == .portable
                ? "\(name), slow: this processor lacks AVX2" : "\(name), slow: \(Self.variable) asks for it"
        #else
            return name
        #endif
    }

    package static func < (left: KernelLevel, right: KernelLevel) -> Bool { left.rawValue < right.rawValue }
}

/// An instruction set that was asked for and cannot be used.
package struct UnusableLevel: Error, CustomStringConvertible {
    let name: String

    package var description: String {
        let usable = KernelLevel.allCases.filter { $0 <= .best }.map(\.name).joined(separator: ", ")
        return "\(KernelLevel.variable)=\(name) is no instruction set of this processor; usable: \(usable)"
    }
}
