import ArgumentParser
import Platform

/// Ends the program after an error.
struct Failure {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    /// Prints the message to the right stream and ends the program.
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

    /// The parser's message in this program's form: without a title and in lower case.
    private static func inOurWords(_ message: String) -> String {
        let title = "Error: "
        let text = message.hasPrefix(title) ? message.dropFirst(title.count) : Substring(message)
        guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return String(text) }
        return first.lowercased() + text.dropFirst()
    }
}
