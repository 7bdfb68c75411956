/// Numbers from outside: from files, servers, flags, the environment and clocks.
///
/// Nothing that a stranger wrote may reach arithmetic that traps. A reader states the range it can work with, so that
/// what follows cannot overflow; where sums grow without bound, they stop at the largest integer.
extension JSONValue {
    /// The value as an integer in a range; nil for everything else.
    package func int(in range: ClosedRange<Int>) -> Int? { int.flatMap { range.contains($0) ? $0 : nil } }

    /// The elements when this is an array of counts.
    package var counts: [Int]? {
        guard let array, case let values = array.compactMap({ $0.int(in: 0...Int.countLimit) }),
            values.count == array.count
        else { return nil }
        return values
    }
}

extension Int {
    /// The highest count that a reader accepts: 2^40, more examples, steps or tokens than any run has.
    package static let countLimit = 1 << 40

    /// The integer next to a number: the largest or smallest for a number beyond them, 0 for NaN.
    package init(saturating value: Double) {
        if let exact = Int(exactly: value.rounded()) {
            self = exact
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }

    /// The integer that a text spells, if it is in a range.
    package init?(_ text: some StringProtocol, in range: ClosedRange<Int>) {
        guard let value = Int(text), range.contains(value) else { return nil }
        self = value
    }
}

extension Sequence<Int> {
    /// The sum, or the nearest integer that there is.
    package var saturatingSum: Int {
        reduce(0) { sum, value in
            let (result, overflow) = sum.addingReportingOverflow(value)
            return overflow ? (value < 0 ? .min : .max) : result
        }
    }
}
