import ArgumentParser
import Platform

/// The end of the program when something was thrown.
struct Failure {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    /// Prints what there is to say where it belongs, and ends the program.
    func report() -> Never {
        if let status = error as? ExitStatus { exit(status.rawValue) }
        guard let failure = FailureReport(error) else { reportParser() }
        Console.standard.error(failure.message)
        exit(failure.status.rawValue)
    }

    /// Help, the version, and arguments that do not parse.
    private func reportParser() -> Never {
        let code = Apr.exitCode(for: error)
        let message = Apr.fullMessage(for: error)
        if code.isSuccess {
            try? StandardOutput.print(message)
        } else {
            Console.standard.error(Self.inOurWords(message))
        }
        exit(code.rawValue)
    }

    /// The parser's message as ours begin: without a title and in lower case.
    private static func inOurWords(_ message: String) -> String {
        let title = "Error: "
        let text = message.hasPrefix(title) ? message.dropFirst(title.count) : Substring(message)
        guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return String(text) }
        return first.lowercased() + text.dropFirst()
    }
}
