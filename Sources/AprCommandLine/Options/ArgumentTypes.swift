public import ArgumentParser
public import Backends
public import ClassificationData
public import FineTuning
import Inference

extension Device: ExpressibleByArgument {}
extension DatasetOptions.Format: ExpressibleByArgument {}
extension DatasetOptions.Quoting: ExpressibleByArgument {}
extension TrainingConfig.LRScheduler: ExpressibleByArgument {}
extension TrainingConfig.Metric: ExpressibleByArgument {}
extension ModelMerger.Precision: ExpressibleByArgument {}

extension ClassWeighting: ExpressibleByArgument {
    /// Any text is a rule's name or a file's path.
    public init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        self = .parse(argument)
    }
}

extension MemorySize: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// What the model is to learn.
enum FinetuneTask: String, CaseIterable, ExpressibleByArgument {
    case classify
}

/// Values separated by commas, such as `a,b,c`.
package struct CommaList: ExpressibleByArgument {
    package let values: [String]

    init(_ values: [String]) { self.values = values }

    /// The values without surrounding spaces; nil when one of them is empty.
    package init?(argument: String) {
        guard let values = [String](commaSeparated: argument) else { return nil }
        self.values = values
    }
}

/// A number of parameters as models are named by it: `0.5B`, `135M`.
struct ModelSize: ExpressibleByArgument, CustomStringConvertible {
    /// The number of parameters.
    let parameterCount: Double
    let description: String

    init?(argument: String) {
        let factors: [Character: Double] = ["K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12]
        let factor = argument.last.flatMap { factors[Character($0.uppercased())] }
        guard let number = Double(factor == nil ? argument : String(argument.dropLast())),
            number > 0, number.isFinite
        else { return nil }
        parameterCount = number * (factor ?? 1)
        description = argument
    }
}
