import Evaluation

/// A confusion matrix; of many classes, those that are confused most.
enum ConfusionChart {
    /// The matrix as counts, or row by row as shares of the true class.
    static func chart(_ summary: EvaluationSummary, isNormalized: Bool) -> Chart? {
        guard let matrix = summary.matrix else { return nil }
        let classes = summary.matrixClasses.map { $0.map { summary.classes[$0] } } ?? summary.classes
        let names = classes.map(\.label)
        let totals = classes.map(\.support)
        let most = Double(max(1, matrix.flatMap { $0 }.max() ?? 1))
        let longest = names.map { DisplayWidth.of(Drawing.label($0, width: 14)) }.max() ?? 0
        // A letter of this size is at most 7 units wide on average.
        let nameLength = 7 * Double(longest)
        let (left, top) = (nameLength + 8, 8.0)
        let cell = min(62, (Drawing.width - left - 8) / Double(names.count))
        let size = cell * Double(names.count)
        var drawing = Drawing(height: top + size + 12 + nameLength)
        for (row, counts) in matrix.enumerated() {
            let y = top + Double(row) * cell
            drawing.text(left - 6, y + cell / 2 + 3.5, Drawing.label(names[row], width: 14), anchor: "end")
            for (column, count) in counts.enumerated() {
                let share = totals[row] == 0 ? 0 : Double(count) / Double(totals[row])
                let depth = isNormalized ? share : Double(count) / most
                let x = left + Double(column) * cell
                drawing.box(
                    x + 0.5, y + 0.5, cell - 1, cell - 1, row == column ? "area c0" : "area c3",
                    opacity: 0.04 + 0.96 * depth,
                    hint:
                        "true \(names[row]), predicted \(names[column]): \(count) (\(NumberFormat.percent(share)))"
                )
                guard cell >= 20, count > 0 else { continue }
                drawing.text(
                    x + cell / 2, y + cell / 2 + 3.5,
                    isNormalized ? "\(Int((share * 100).rounded()))" : NumberFormat.tick(Double(count)),
                    anchor: "middle", style: depth > 0.55 ? "on" : "")
            }
        }
        for (column, name) in names.enumerated() {
            drawing.text(
                left + (Double(column) + 0.5) * cell + 3.5, top + size + 6, Drawing.label(name, width: 14),
                anchor: "end", rotated: true)
        }
        return Chart(
            title: isNormalized ? "Confusion, % of each true class" : "Confusion, counts",
            description: description(matrix, names),
            keys: [.init(name: "right", style: "area c0"), .init(name: "wrong", style: "area c3")],
            drawing: drawing, header: ["true \\ predicted"] + names,
            rows: matrix.enumerated().map { row, counts in
                [names[row]]
                    + counts.map {
                        isNormalized
                            ? NumberFormat.percent(totals[row] == 0 ? 0 : Double($0) / Double(totals[row]))
                            : NumberFormat.spacedCount($0)
                    }
            },
            note: (summary.matrixClasses == nil
                ? ""
                : "The \(names.count) classes of the most frequent confusions, of \(summary.classes.count). ")
                + "Rows: true class. Columns: predicted class.")
    }

    private static func description(_ matrix: [[Int]], _ names: [String]) -> String {
        let mistakes = matrix.indices.flatMap { row in
            matrix.indices.filter { $0 != row && matrix[row][$0] > 0 }.map { (row, $0, matrix[row][$0]) }
        }.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
        guard !mistakes.isEmpty else { return "No class was taken for another." }
        return "Most frequent confusions: "
            + mistakes.prefix(5).map { "\(names[$0.0]) taken for \(names[$0.1]) \($0.2) times" }.joined(
                separator: ", ") + "."
    }
}
