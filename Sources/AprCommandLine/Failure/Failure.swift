import ArgumentParser
import Platform

/// Ends the program after an error.
struct Failure {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    /// Prints the message to the right stream and ends the program.
    func report() -> Never {
        if let status = error as? ExitStatus { exit(status.rawValue) }
        // A reader that has gone needs no message.
        if let error = error as? OutputError, error.code == EPIPE, Apr.endsByClosedPipe {
            ProgramStart.endByClosedPipe()
        }
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
            let words = Self.inOurWords(message)
            let arguments = Array(ProgramStart.arguments.dropFirst())
            Console.standard.error(Suggestion.message(arguments: arguments, message: words) ?? words)
        }
        exit(code.rawValue)
    }

    /// The parser's message in this program's form: without a title and in lower case.
    private static func inOurWords(_ message: String) -> String {
        let title = "Error: "
        let text = message.hasPrefix(title) ? message.dropFirst(title.count) : Substring(message)
        guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return String(text) }
        return withExpectation(first.lowercased() + text.dropFirst())
    }

    /// A message about a negative number that says what is expected; a flag that takes some reports them itself.
    private static func withExpectation(_ message: String) -> String {
        guard let match = message.prefixMatch(of: /the value '(-[0-9.]+)' is invalid for '[^']*'/) else {
            return message
        }
        return
            "\(message[match.range]): it is negative; expected a number from 0\(message[match.range.upperBound...])"
    }
}

/// A failure that only the command line can have.
package struct CommandError: Error {
    /// The exit status.
    package let status: ExitStatus
    /// What is wrong, where, and what to do.
    package let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The arguments are invalid, alone or together.
    static func usage(_ message: String) -> CommandError { CommandError(.usage, message) }
}

/// The exit status; the numbers follow BSD's `sysexits.h` where it has one.
///
/// Thrown as an error, it ends the program without a message.
package enum ExitStatus: Int32, Error {
    case failure = 1
    /// The arguments are invalid.
    case usage = 64
    /// Data or a model file is invalid.
    case badData = 65
    /// The Hub is unavailable, or the address to listen on.
    case unavailable = 69
    /// A file or directory cannot be created, or must not be replaced.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// The Hub does not permit it, or there is no token.
    case notPermitted = 77
    /// Stopped by SIGHUP, with a complete checkpoint.
    case hungUp = 129
    /// Stopped by SIGINT, with a complete checkpoint.
    case interrupted = 130
    /// Stopped by SIGTERM, with a complete checkpoint.
    case terminated = 143
}
