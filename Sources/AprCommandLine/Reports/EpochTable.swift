import Evaluation
import FineTuning

/// The epochs of a run, one line each.
enum EpochTable {
    private static let header = [
        "epoch", "step", "train loss", "acc", "val loss", "acc", "F1", "time", "",
    ]
    /// The width of each column, so that lines written one by one are aligned; together 79.
    private static let widths = [5, 6, 10, 6, 8, 6, 6, 10, 6]

    /// The names of the columns.
    static var heading: String { line(header) }

    /// One epoch.
    ///
    /// - Parameters:
    ///   - isBest: whether the best evaluation is one of this epoch.
    ///   - seconds: how long it took; nil for an epoch before the run was continued.
    static func row(_ epoch: EpochReport, isBest: Bool, seconds: Double?) -> String {
        let validation = epoch.validation
        return line([
            String(epoch.epoch), String(epoch.step), NumberFormat.fixed(epoch.trainLoss),
            NumberFormat.percent(epoch.trainAccuracy), NumberFormat.fixed(validation?.loss),
            validation.map { NumberFormat.percent($0.accuracy) } ?? "-",
            NumberFormat.fixed(validation?.macroF1),
            seconds.map { NumberFormat.duration($0) } ?? "-",
            isBest ? "* best" : "",
        ])
    }

    private static func line(_ cells: [String]) -> String {
        let text = zip(cells, widths).map { DisplayWidth.right($0, $1) }.joined(separator: "  ")
        return String(text.reversed().drop { $0 == " " }.reversed())
    }
}
