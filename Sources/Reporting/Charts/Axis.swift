/// A range of values laid along a line of the drawing.
struct Axis {
    let low: Double
    let high: Double
    /// Round values inside the range.
    let ticks: [Double]
    /// The step from one tick to the next.
    let step: Double

    /// An axis that holds these values, widened to round ones.
    ///
    /// - Parameters:
    ///   - fromZero: whether it begins at 0.
    ///   - isTight: whether it ends with the values instead of at round ones.
    init(_ values: [Double], fromZero: Bool = false, isTight: Bool = false, count: Int = 4) {
        // The difference of two larger values may not be finite.
        let finite = values.filter { $0.magnitude < 1e300 }
        var low = finite.min() ?? 0
        var high = finite.max() ?? 1
        if fromZero { low = min(0, low) }
        if high - low <= 1e-12 * max(1, high.magnitude) {
            let room = high == 0 ? 1 : high.magnitude * 0.1
            (low, high) = (fromZero ? low : low - room, high + room)
        }
        let step = Self.roundStep((high - low) / Double(count))
        if !isTight {
            low = (low / step + 1e-9).rounded(.down) * step
            high = (high / step - 1e-9).rounded(.up) * step
        }
        self.low = low
        self.high = high
        self.step = step
        var ticks: [Double] = []
        var index = (low / step - 1e-9).rounded(.up)
        while index * step <= high + step * 1e-6, ticks.count < 50 {
            ticks.append(index * step)
            index += 1
        }
        self.ticks = ticks
    }

    /// From 0 to 1.
    static let share = Axis([0, 1], count: 5)

    /// The position of a value, from 0 to 1.
    func position(_ value: Double) -> Double { min(1, max(0, (value - low) / (high - low))) }

    private static func roundStep(_ rough: Double) -> Double {
        var power = 1.0
        while power * 10 <= rough { power *= 10 }
        while power > rough { power /= 10 }
        let factor = rough / power
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10)
    }
}
