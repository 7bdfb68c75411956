import ArgumentParser
import Dispatch
import FineTuning
import HuggingFaceHub
import ModelPublishing
import Platform
import Synchronization

/// Runs network tasks to completion, and cancels them in order on a signal.
enum HubSession {
    /// Runs work with a client and shows its progress.
    ///
    /// - Parameter signals: The watch in use so far; the caller ends it.
    /// - Throws: what the work throws; `ExitStatus.interrupted` or `.terminated` after a signal.
    static func run<Result: Sendable>(
        _ configuration: HubConfiguration, task: String, console: Console,
        signals: SignalWatch? = nil,
        _ work: @escaping @Sendable (HubClient) async throws -> Result
    ) throws -> Result {
        let view = HubView(task: task, isQuiet: console.isQuiet)
        defer { view.finish() }
        return try wait(signals) { try await HubClient.with(configuration, onEvent: view.show, work) }
    }

    /// Runs asynchronous work and blocks this thread until it is done; the work needs other threads only.
    private static func wait<Result: Sendable>(
        _ signals: SignalWatch?, _ work: @escaping @Sendable () async throws -> Result
    ) throws -> Result {
        let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        let box = Box(outcome)
        let task = Task.detached {
            do {
                let result = try await work()
                box.value.withLock { $0 = .success(result) }
            } catch {
                box.value.withLock { $0 = .failure(error) }
            }
            isDone.signal()
        }
        let received = Box(Mutex<ExitStatus?>(nil))
        let cancel: SignalWatch.Handler = { number in
            let status = ExitStatus(signal: number)
            let isFirst = received.value.withLock { first in
                defer { first = first ?? status }
                return first == nil
            }
            guard isFirst else {
                // Downloaded parts remain usable.
                StagingDirectory.removeAll()
                _exit(status.rawValue)
            }
            task.cancel()
        }
        signals?.handOver(to: cancel)
        let own = signals == nil ? SignalWatch(SignalWatch.endings, cancel) : nil
        isDone.wait()
        own?.end()
        let result = box.value.withLock { $0 }
        do {
            guard let result else { throw ExitStatus.failure }
            return try result.get()
        } catch {
            if let status = received.value.withLock({ $0 }) { throw status }
            throw error
        }
    }

    /// Lends a value that cannot be copied to several closures.
    private final class Box<Value: ~Copyable & Sendable>: Sendable {
        let value: Value
        init(_ value: consuming Value) { self.value = value }
    }
}

extension HubConfiguration {
    /// The configuration of a command.
    ///
    /// - Throws: `HubError`.
    static func ofCommand(_ options: HubOptions? = nil) throws -> HubConfiguration {
        var configuration = try HubConfiguration(
            tokenFile: options?.tokenFile, allowsInsecureEndpoint: options?.insecureEndpoint ?? false,
            userAgent: "apr/\(ProductVersion.current)")
        if let options {
            configuration.timeout = options.timeout > 0 ? options.timeout : nil
            configuration.minRate = options.minRate
        }
        return configuration
    }
}

/// How the Hub is reached.
struct HubOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the access token. (default: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, or $HF_HOME/token)",
            valueName: "file"))
    var tokenFile: String?

    @Flag(help: "Allow plain HTTP to another machine. Anyone on the network path can then read the token.")
    var insecureEndpoint = false

    @Option(help: ArgumentHelp("Give up after so many seconds in all; 0 never does.", valueName: "seconds"))
    var timeout = HubConfiguration.defaultTimeout

    @Option(
        help: ArgumentHelp(
            "Give up when less than so many bytes a second come or go for two minutes; 0 never does.",
            valueName: "bytes"))
    var minRate = HubConfiguration.defaultMinRate

    func validate() throws {
        for (name, value) in [("--timeout", timeout), ("--min-rate", minRate)]
        where !(0...Self.numberLimit ~= value) {
            throw ValidationError("\(name) is a number from 0 to \(Self.numberLimit), not \(value)")
        }
    }

    private static let numberLimit = 1_000_000_000
}
