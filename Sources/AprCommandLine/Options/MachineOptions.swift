import ArgumentParser
import Backends
import TensorCore

/// What the arithmetic runs on.
struct MachineOptions: ParsableArguments {
    @Option(help: "The device to compute on; cuda is not available yet. (default: auto)")
    var device: Device?

    @Option(help: ArgumentHelp("How many threads share the work. (default: one per core)", valueName: "n"))
    var threads: Int?

    mutating func fill(from file: inout ConfigFile) {
        file.fill(&device, "device", "auto, cpu or cuda")
        file.fill(&threads, "threads", "an integer")
    }

    /// The device, ready for work.
    func makeBackend() throws -> any Backend {
        if let threads, !(1...1024).contains(threads) {
            throw CommandError.usage("--threads: \(threads); expected 1 to 1024")
        }
        return try (device ?? .auto).makeBackend(threads: threads)
    }
}
