import Evaluation
import FineTuning
import Inference

/// Shows a pass over many texts while it goes: share, rate and time left.
final class WorkView {
    /// What is being done.
    let task: WorkProgress.Task
    /// The number of tokens done at the last update.
    private(set) var tokens = 0
    private let progress: ShareProgress

    init(_ task: WorkProgress.Task, console: Console) {
        self.task = task
        progress = ShareProgress(task.rawValue, console: console)
    }

    /// Shows how far it has come.
    ///
    /// - Parameters:
    ///   - texts: the number of texts done before this pass, when it is one of several.
    ///   - total: the number of texts of all passes; nil when unknown, as for a pipe.
    func show(_ work: WorkProgress, after texts: Int = 0, tokens before: Int = 0, of total: Int?) {
        tokens = before + work.tokens
        let done = texts + work.texts
        let speed = "\(NumberFormat.rate(Double(tokens) / max(progress.elapsed, 1e-3))) tokens/s"
        guard let total else {
            return progress.update(nil, detail: "\(NumberFormat.counted(done, "text")), \(speed)")
        }
        let share = Double(texts) + work.share * Double(work.totalTexts)
        progress.update(
            total > 0 ? min(1, share / Double(total)) : 1,
            detail: "\(NumberFormat.count(done)) of \(NumberFormat.counted(total, "text")), \(speed)")
    }

    /// Shows how far a single pass has come.
    func show(_ work: WorkProgress) { show(work, of: work.totalTexts) }

    /// Clears the display before other output is written.
    func finish() { progress.finish() }
}
