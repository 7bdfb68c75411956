import JSONCore

/// How many tokens texts have.
public struct LengthHistogram: Sendable, Hashable {
    private static let binLimit = 24

    /// The number of tokens a bin spans; bin `i` holds lengths from `i * width + 1` to `(i + 1) * width`.
    public let width: Int
    /// The number of texts of each bin.
    public let counts: [Int]
    /// Texts longer than this are cut.
    public let limit: Int
    /// How many texts are.
    public let truncatedCount: Int
    /// The longest text.
    public let longest: Int
    /// The mean length.
    public let mean: Double

    /// The number of texts.
    public var total: Int { counts.reduce(0, +) }

    /// Counts lengths.
    ///
    /// - Parameters:
    ///   - lengths: of the texts before cutting; at least one.
    ///   - limit: texts longer than this are cut.
    public init?(lengths: [Int], limit: Int) {
        guard let longest = lengths.max() else { return nil }
        let widths = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512]
        let needed = max(1, (longest + Self.binLimit - 1) / Self.binLimit)
        let width = widths.first { $0 >= needed } ?? needed
        var counts = [Int](repeating: 0, count: max(1, (longest + width - 1) / width))
        for length in lengths { counts[max(0, length - 1) / width] += 1 }
        self.width = width
        self.counts = counts
        self.limit = limit
        self.longest = longest
        truncatedCount = lengths.count { $0 > limit }
        mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
    }

    var json: JSONObject {
        [
            "width": JSONValue(width), "counts": JSONValue(integers: counts), "limit": JSONValue(limit),
            "truncated": JSONValue(truncatedCount), "longest": JSONValue(longest), "mean": JSONValue(mean),
        ]
    }

    init?(json: JSONObject) {
        guard let width = json["width"]?.int(in: 1...1 << 30), let counts = json["counts"]?.counts,
            (1...1000).contains(counts.count), let limit = json["limit"]?.int(in: 1...Int.countLimit),
            let truncated = json.count("truncated"), let longest = json.count("longest"),
            let mean = json["mean"]?.double
        else { return nil }
        self.width = width
        self.counts = counts
        self.limit = limit
        truncatedCount = truncated
        self.longest = longest
        self.mean = mean
    }
}
