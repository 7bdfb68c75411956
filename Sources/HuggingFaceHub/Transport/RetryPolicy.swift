/// How often a request is repeated, and how long to wait before.
struct RetryPolicy: Sendable {
    /// Statuses of transient failures.
    private static let passing: Set<Int> = [408, 429, 500, 502, 503, 504]
    /// What a server may ask to wait for at most, in seconds.
    static let longestWait = 300.0

    /// The most repetitions of one request.
    var limit = 5
    /// The first wait in seconds; each next one is twice as long, up to eight times the first.
    var firstDelay: Double

    /// Whether a repeated request may get another status.
    static func mayPass(_ status: Int) -> Bool { passing.contains(status) }

    /// How long to wait before a repetition, counted from 0.
    func delay(before repetition: Int) -> Double { firstDelay * Double(1 << min(repetition, 3)) }

    /// How long a server asks to wait, in seconds: `RateLimit: "api";r=0;t=55`, else `Retry-After: 55`.
    static func requestedDelay(_ headers: HubHeaders) -> Double? {
        if let limit = headers["ratelimit"] {
            for part in limit.split(separator: ";") {
                let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                if pair.count == 2, pair[0] == "t", let seconds = Double(pair[1]), seconds >= 0 {
                    return seconds + 1
                }
            }
        }
        guard let text = headers["retry-after"], let seconds = Double(text), seconds >= 0 else { return nil }
        return seconds + 1
    }
}
