import CSystemCalls

/// What a program does before its work: its arguments, its limits, and what ends it.
package enum ProgramStart {
    /// The arguments, the program's name first; empty when the system does not tell.
    package static var arguments: [String] {
        let count = Int(apr_argument_count())
        guard count > 0, let values = apr_arguments() else { return CommandLine.arguments }
        return (0..<count).compactMap { values[$0].map { String(cString: $0) } }
    }

    /// A limit that is too low to work with.
    package enum ShortOf: Error {
        /// Open files: how many are allowed, and how many are needed.
        case descriptors(limit: Int, needed: Int)
        /// The stack of a thread, in bytes.
        case stack(limit: Int, needed: Int)
        /// Address space, in bytes.
        case addressSpace(needed: Int)
    }

    /// Raises what limits the process as far as it may.
    ///
    /// - Throws: what is still too little. Libraries below would trap without it.
    package static func raiseLimits() throws(ShortOf) {
        let stack = Int(clamping: apr_raise_stack_limit(8 << 20))
        guard stack >= 512 << 10 else { throw .stack(limit: stack, needed: 512 << 10) }
        let descriptors = Int(clamping: apr_raise_descriptor_limit(1024))
        guard descriptors >= 64 else { throw .descriptors(limit: descriptors, needed: 64) }
        guard apr_has_address_space(512 << 20) != 0 else { throw .addressSpace(needed: 512 << 20) }
    }

    /// Makes writing fail where a signal would end the program: to a closed pipe, and beyond the largest file size.
    ///
    /// - Returns: whether a closed pipe would have ended the program.
    package static func ignoreWriteSignals() -> Bool {
        signal(SIGXFSZ, SIG_IGN)
        let isDefault = apr_has_default_signal(SIGPIPE) != 0
        signal(SIGPIPE, SIG_IGN)
        return isDefault
    }

    /// Ends the program as a closed pipe ends one that does not handle it.
    package static func endByClosedPipe() {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }

    /// Whether a signal is ignored, as `nohup` has it.
    package static func ignores(_ number: Int32) -> Bool { apr_ignores_signal(number) != 0 }

    /// Says what a trap prints: a sentence, and nothing of the program's memory.
    ///
    /// - Parameters:
    ///   - memory: when there is no more memory, and the exit status.
    ///   - descriptors: when no more files can be opened, and the exit status.
    ///   - lostFile: when a mapped file was cut short.
    ///   - trap: in all other cases; the program then ends by its signal.
    package static func setLastWords(
        memory: (text: String, status: Int32), descriptors: (text: String, status: Int32), lostFile: String,
        trap: String
    ) {
        // The copies live as long as the program.
        var words = apr_last_words(
            memory: strdup(memory.text), memory_status: memory.status, room: 64 << 20,
            descriptors: strdup(descriptors.text), descriptors_status: descriptors.status,
            lost_file: strdup(lostFile), trap: strdup(trap))
        apr_set_last_words(&words)
    }
}
