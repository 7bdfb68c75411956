/// How a product's output is shared out so that all threads end together.
///
/// Every part has as many whole tiles of rows. The rows that are left, fewer than one tile for each part and the
/// last, broken one, are split by panels of columns.
struct ProductSplit {
    /// The number of parts.
    let parts: Int
    private let rows: Int
    private let rowsOfPart: Int

    /// - Parameters:
    ///   - step: the rows of a tile.
    init(rows: Int, step: Int, parts: Int) {
        self.rows = rows
        self.parts = parts
        rowsOfPart = parts == 1 ? rows : rows / step / parts * step
    }

    /// The rows and panels that a part computes.
    func pieces(of part: Int, panels: Int) -> [(rows: Range<Int>, panels: Range<Int>)] {
        let whole = (part * rowsOfPart..<(part + 1) * rowsOfPart, 0..<panels)
        let shared = (rowsOfPart * parts..<rows, panels * part / parts..<panels * (part + 1) / parts)
        return [whole, shared].filter { !$0.0.isEmpty && !$0.1.isEmpty }
    }
}
