public import ArgumentParser
public import Backends
public import ClassificationData
public import FineTuning

extension Device: ExpressibleByArgument {}
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
        values = argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let start = part.drop { $0 == " " }
            return String(start.reversed().drop { $0 == " " }.reversed())
        }
        guard values.allSatisfy({ !$0.isEmpty }) else { return nil }
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

/// An amount of memory: `900M`, `2.5G` in powers of 1000, `900MiB` or `2.5Gi` in powers of 1024, or bytes.
struct MemorySize: ExpressibleByArgument {
    /// The bytes, at least 1.
    let byteCount: Int

    init?(argument: String) {
        var text = argument.lowercased()
        if text.hasSuffix("b") { text.removeLast() }
        let step: Double = text.hasSuffix("i") ? 1024 : 1000
        if text.hasSuffix("i") { text.removeLast() }
        let powers: [Character: Double] = ["k": 1, "m": 2, "g": 3, "t": 4]
        let power = text.last.flatMap { powers[$0] }
        if power != nil { text.removeLast() }
        guard power != nil || step == 1000, let number = Double(text), number.isFinite else { return nil }
        let bytes = (0..<Int(power ?? 0)).reduce(number) { value, _ in value * step }
        guard bytes >= 1, bytes < 1e18 else { return nil }
        byteCount = Int(bytes)
    }
}
