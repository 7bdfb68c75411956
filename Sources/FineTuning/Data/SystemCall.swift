#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few calls to the operating system that reading a corpus needs.
enum SystemCall {
    /// The words for an `errno` value.
    static func message(_ code: Int32) -> String {
        guard let words = strerror(code) else { return "error \(code)" }
        return String(cString: words).lowercased()
    }
}
