/// The seconds that something takes: the median over several runs after a warm-up.
enum Timing {
    private static let clock = ContinuousClock()

    /// Runs for about so many seconds, three times at least.
    static func median(seconds: Double = 0.3, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var times: [Double] = []
        var total = 0.0
        while times.count < 3 || total < seconds {
            let time = try once(body)
            times.append(time)
            total += time
        }
        return times.sorted()[times.count / 2]
    }

    /// The seconds of one run.
    static func once(_ body: () throws -> Void) rethrows -> Double {
        let start = clock.now
        try body()
        let (seconds, attoseconds) = (clock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
