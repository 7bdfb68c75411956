#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How much memory this process has used.
enum PeakMemory {
    /// The most that was resident at once, in bytes; 0 where the system does not say.
    static var byteCount: Int {
        var usage = rusage()
        #if canImport(Glibc)
            let subject = __rusage_who_t(RUSAGE_SELF.rawValue)
        #else
            let subject = RUSAGE_SELF
        #endif
        guard getrusage(subject, &usage) == 0 else { return 0 }
        #if canImport(Darwin)
            return usage.ru_maxrss
        #else
            return usage.ru_maxrss * 1024
        #endif
    }
}
