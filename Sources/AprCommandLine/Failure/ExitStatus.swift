/// The exit status; the numbers follow BSD's `sysexits.h` where it has one.
///
/// Thrown as an error, it ends the program without a message.
package enum ExitStatus: Int32, Error {
    case failure = 1
    /// The arguments are invalid.
    case usage = 64
    /// Data or a model file is invalid.
    case badData = 65
    /// The Hub is unavailable.
    case unavailable = 69
    /// A file or directory cannot be created, or must not be replaced.
    case cannotCreate = 73
    /// Reading or writing failed.
    case inputOutput = 74
    /// The Hub does not permit it, or there is no token.
    case notPermitted = 77
    /// Stopped by SIGINT, with a complete checkpoint.
    case interrupted = 130
    /// Stopped by SIGTERM, with a complete checkpoint.
    case terminated = 143
}
