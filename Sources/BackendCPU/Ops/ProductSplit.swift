/// How a product's output is shared out so that all threads end together.
///
/// Every part has as many whole tiles of rows, over most panels of columns. The rows that are left, fewer than one tile
/// for each part and the last, broken one, are split by panels. The last panels come as small pieces, for whichever thread
/// is done first. An element is the same sum whoever computes it.
struct ProductSplit {
    /// The rows and panels of the pieces, in the order in which they are begun.
    let pieces: [(rows: Range<Int>, panels: Range<Int>)]

    /// One panel in so many is left for those who are done first.
    private static var share: Int { 5 }

    /// - Parameters:
    ///   - step: the rows of a tile.
    ///   - panels: the panels of columns.
    ///   - parts: the threads that share the work.
    ///   - evensOut: whether small pieces are cheap enough to leave some for the end.
    init(rows: Int, step: Int, panels: Int, parts: Int, evensOut: Bool) {
        guard parts > 1 else {
            pieces = [(0..<rows, 0..<panels)]
            return
        }
        let rowsOfPart = rows / step / parts * step
        let parted = (0..<parts).map { $0 * rowsOfPart..<($0 + 1) * rowsOfPart }
        let rest = rowsOfPart * parts..<rows
        let early = evensOut ? panels - panels / Self.share : panels
        var pieces = parted.map { (rows: $0, panels: 0..<early) }
        pieces += (0..<parts).map { (rest, panels * $0 / parts..<panels * ($0 + 1) / parts) }
        for panel in early..<panels { pieces += parted.map { ($0, panel..<panel + 1) } }
        self.pieces = pieces.filter { !$0.rows.isEmpty && !$0.panels.isEmpty }
    }
}
