/// A failure that only the command line can have.
package struct CommandError: Error {
    /// What the shell gets to see.
    package let status: ExitStatus
    /// What is wrong, where, and what to do.
    package let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The arguments, alone or together, ask for something that cannot be.
    static func usage(_ message: String) -> CommandError { CommandError(.usage, message) }
}
