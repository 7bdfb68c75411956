import Platform

/// Reading clocks.
enum Timestamp {
    /// The current time in RFC 3339, in UTC, to the second.
    static var now: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))T"
            + "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
    }

    /// Seconds on a clock that never goes back.
    static var monotonic: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - Self.origin).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    private static let origin = ContinuousClock.now
}
