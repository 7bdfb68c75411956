/// What the shell gets to see; the numbers are those of BSD's `sysexits.h` where it has one.
///
/// Thrown as it is, it ends the program without another word.
package enum ExitStatus: Int32, Error {
    case failure = 1
    /// The arguments cannot be.
    case usage = 64
    /// Data or a model file is not what it has to be.
    case badData = 65
    /// The Hub cannot be reached, or not now.
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
