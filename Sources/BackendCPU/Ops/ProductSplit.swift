/// How a product's output is divided so that all threads finish at the same time.
///
/// Whole columns are best: then no two threads pack the same weights. If there are too few panels for the threads,
/// rows are split as well. An element is the same sum whichever thread computes it.
package struct ProductSplit {
    /// The rows and panels of the pieces, in the order in which they are started.
    package let pieces: [(rows: Range<Int>, panels: Range<Int>)]

    /// Packing a panel takes as long as this many rows of a product with it.
    private static var packing: Int { 40 }
    /// When threads share columns evenly, one panel in this many is left for the threads that finish first.
    private static var share: Int { 5 }

    /// - Parameters:
    ///   - step: the rows of a tile.
    ///   - panels: the panels of columns.
    ///   - parts: the threads that share the work.
    package init(rows: Int, step: Int, panels: Int, parts: Int) {
        guard parts > 1 else {
            pieces = [(0..<rows, 0..<panels)]
            return
        }
        let tiles = (rows + step - 1) / step
        var best = (cost: Int.max, rowParts: 1, columnParts: 1)
        for rowParts in 1...min(parts, tiles) {
            for rounds in 1...3 {
                let columnParts = min(panels, (parts * rounds + rowParts - 1) / rowParts)
                let turns = (rowParts * columnParts + parts - 1) / parts
                let height = (tiles + rowParts - 1) / rowParts * step + Self.packing
                let cost = turns * height * ((panels + columnParts - 1) / columnParts)
                if cost < best.cost { best = (cost, rowParts, columnParts) }
            }
        }
        if best.rowParts == 1, best.columnParts == parts {
            let early = panels - panels / Self.share
            let singles = (early..<panels).map { (rows: 0..<rows, panels: $0..<$0 + 1) }
            pieces = Self.cut(early, into: parts).map { (0..<rows, $0) } + singles
        } else {
            let columns = Self.cut(panels, into: best.columnParts)
            pieces = Self.cut(tiles, into: best.rowParts).flatMap { tiles in
                columns.map { (tiles.lowerBound * step..<min(tiles.upperBound * step, rows), $0) }
            }
        }
    }

    /// Consecutive ranges that cover `0..<count` and differ by one at most; none is empty.
    private static func cut(_ count: Int, into parts: Int) -> [Range<Int>] {
        (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }.filter { !$0.isEmpty }
    }
}
