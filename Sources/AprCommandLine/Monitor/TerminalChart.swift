import Evaluation
import JSONCore
import Reporting

/// Curves in characters.
struct TerminalChart {
    /// One curve.
    struct Series {
        let points: [(x: Double, y: Double)]
        /// The character of each point; nil draws a line of dots.
        let sign: Character?
    }

    let title: String
    let series: [Series]
    /// Whether only ASCII may be used.
    let isPlain: Bool

    /// The chart in so many rows and columns, its title included.
    func lines(width: Int, height: Int) -> [String] {
        let finite = series.map { curve in
            Series(
                points: curve.points.filter { $0.x.magnitude < 1e300 && $0.y.magnitude < 1e300 },
                sign: curve.sign)
        }
        let all = finite.flatMap(\.points)
        let columns = width - 11
        let rows = height - 1
        guard rows >= 2, columns >= 10, let low = all.map(\.y).min(), let high = all.map(\.y).max(),
            let first = all.map(\.x).min(), let last = all.map(\.x).max()
        else { return [title] }
        let span = high > low ? high - low : max(1e-9, high.magnitude * 0.1)
        let length = last > first ? last - first : 1
        var grid = DotGrid(columns: columns, rows: rows)
        for curve in finite {
            for point in curve.points {
                let x = (point.x - first) / length
                let y = 1 - (point.y - low) / span
                if let sign = curve.sign { grid.put(sign, x, y) } else { grid.dot(x, y) }
            }
        }
        let bar: Character = isPlain ? "|" : "│"
        return [title]
            + grid.lines(isPlain: isPlain).enumerated().map { row, text in
                let label = row == 0 ? high : row == rows - 1 ? low : nil
                return DisplayWidth.right(label.map { NumberFormat.fixed($0, decimals: 3) } ?? "", 9)
                    + "\(bar)"
                    + text
            }
    }
}

/// A field of characters of two by four dots each.
private struct DotGrid {
    private let columns: Int
    private let rows: Int
    private var dots: [UInt8]
    private var signs: [Character?]

    /// The bit of each dot in a braille character, by row and column.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        dots = Array(repeating: 0, count: columns * rows)
        signs = Array(repeating: nil, count: columns * rows)
    }

    /// Sets the dot at a point, both coordinates from 0 to 1.
    mutating func dot(_ x: Double, _ y: Double) {
        let column = Self.index(x, of: 2 * columns)
        let row = Self.index(y, of: 4 * rows)
        dots[row / 4 * columns + column / 2] |= Self.bits[row % 4][column % 2]
    }

    mutating func put(_ sign: Character, _ x: Double, _ y: Double) {
        signs[Self.index(y, of: rows) * columns + Self.index(x, of: columns)] = sign
    }

    func lines(isPlain: Bool) -> [String] {
        (0..<rows).map { row in
            String(
                (0..<columns).map { column -> Character in
                    let index = row * columns + column
                    if let sign = signs[index] { return sign }
                    guard dots[index] != 0 else { return " " }
                    if isPlain { return "." }
                    return Unicode.Scalar(0x2800 + UInt32(dots[index])).map(Character.init) ?? "."
                })
        }
    }

    private static func index(_ share: Double, of count: Int) -> Int {
        min(count - 1, max(0, Int(saturating: share * Double(count - 1))))
    }
}
