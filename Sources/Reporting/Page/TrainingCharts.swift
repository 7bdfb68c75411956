import Evaluation

/// The curves of a run.
struct TrainingCharts {
    let log: RunLog

    var all: [Chart?] { [loss, accuracy, learningRate, gradientNorm, throughput] }

    private func points(_ value: (RunLog.Step) -> Double) -> [(x: Double, y: Double)] {
        log.steps.map { (Double($0.step), value($0)) }
    }

    private func evaluations(_ value: (RunLog.Evaluation) -> Double) -> [(x: Double, y: Double)] {
        log.evaluations.map { (Double($0.step), value($0)) }
    }

    private var loss: Chart? {
        let raw = points(\.loss)
        return LineChart(
            title: "Loss",
            series: [
                .init(name: "each step", points: raw, color: 0, hasDots: false, isFaint: true),
                .init(
                    name: "training (running mean)", points: LineChart.smoothed(raw), color: 0, hasDots: false
                ),
                .init(name: "validation", points: evaluations(\.loss), color: 1, hasDots: true),
            ],
            marked: log.best.map {
                (Double($0.step), $0.loss, "best: epoch \($0.epoch), \(NumberFormat.short($0.loss))")
            }
        ).chart
    }

    private var accuracy: Chart? {
        LineChart(
            title: "Accuracy",
            series: [
                .init(
                    name: "training, so far in the epoch", points: points(\.accuracy), color: 0,
                    hasDots: false),
                .init(name: "validation", points: evaluations(\.accuracy), color: 1, hasDots: true),
                .init(name: "validation macro F1", points: evaluations(\.macroF1), color: 2, hasDots: true),
            ],
            marked: log.best.map {
                (
                    Double($0.step), $0.accuracy,
                    "best: epoch \($0.epoch), \(NumberFormat.percent($0.accuracy))"
                )
            }, isShare: true
        ).chart
    }

    private var learningRate: Chart? {
        LineChart(
            title: "Learning rate",
            series: [.init(name: "learning rate", points: points(\.learningRate), color: 0, hasDots: false)],
            fromZero: true
        ).chart
    }

    private var gradientNorm: Chart? {
        let raw = points(\.gradientNorm)
        return LineChart(
            title: "Gradient norm before clipping",
            series: [
                .init(name: "each step", points: raw, color: 0, hasDots: false, isFaint: true),
                .init(name: "running mean", points: LineChart.smoothed(raw), color: 0, hasDots: false),
            ], fromZero: true
        ).chart
    }

    private var throughput: Chart? {
        LineChart(
            title: "Throughput",
            series: [
                .init(name: "tokens per second", points: points(\.tokensPerSecond), color: 0, hasDots: false)
            ],
            fromZero: true
        ).chart
    }
}
