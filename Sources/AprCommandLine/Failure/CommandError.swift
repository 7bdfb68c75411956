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
