import Platform

/// Counts and times under the names of text-embeddings-inference, in the text format of Prometheus.
final class ServingMetrics: Sendable {
    /// What is counted.
    enum Counter: String {
        case requests = "te_request_count"
        case successes = "te_request_success"
        case failures = "te_request_failure"
        case predictions = "te_predict_count"
        case predicted = "te_predict_success"
    }

    /// What is measured.
    enum Histogram: String, CaseIterable {
        case requestDuration = "te_request_duration"
        case tokenizationDuration = "te_request_tokenization_duration"
        case queueDuration = "te_request_queue_duration"
        case inferenceDuration = "te_request_inference_duration"
        case inputLength = "te_request_input_length"
        case batchSize = "te_batch_next_size"
        case batchTokens = "te_batch_next_tokens"

        /// The upper bounds of the buckets: seconds from 15 microseconds, each 1.5 times the last, or powers of two.
        var bounds: [Double] {
            switch self {
            case .requestDuration, .tokenizationDuration, .queueDuration, .inferenceDuration: Self.seconds
            case .inputLength, .batchSize, .batchTokens: Self.powers
            }
        }

        private static let seconds = (1...35).map { 1e-5 * pow(1.5, Double($0)) }
        private static let powers = (0...16).map { Double(1 << $0) }
    }

    private struct Series: Sendable {
        var counts: [Int]
        var sum = 0.0
        var count = 0
    }

    private struct State: Sendable {
        var counters: [String: [String: Int]] = [:]
        var series: [Histogram: Series] = [:]
    }

    private let state = Locked(State())

    /// Counts something; `label` is `name="value"`, or empty.
    func count(_ counter: Counter, label: String = "", by amount: Int = 1) {
        state.withLock { $0.counters[counter.rawValue, default: [:]][label, default: 0] += amount }
    }

    /// Adds a measurement.
    func observe(_ histogram: Histogram, _ value: Double) {
        let bounds = histogram.bounds
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            var series =
                state.series.removeValue(forKey: histogram)
                ?? Series(counts: Array(repeating: 0, count: bounds.count + 1))
            series.counts[bucket] += 1
            series.sum += value
            series.count += 1
            state.series[histogram] = series
        }
    }

    /// Adds a measurement of time.
    func observe(_ histogram: Histogram, _ duration: Duration) { observe(histogram, duration.seconds) }

    /// Everything, for Prometheus.
    func text(queueCount: Int) -> String {
        let state = state.withLock { $0 }
        var lines: [String] = []
        for (name, values) in state.counters.sorted(by: { $0.key < $1.key }) {
            lines.append("# TYPE \(name) counter")
            for (label, value) in values.sorted(by: { $0.key < $1.key }) {
                lines.append("\(name)\(label.isEmpty ? "" : "{\(label)}") \(value)")
            }
        }
        for histogram in Histogram.allCases {
            guard let series = state.series[histogram] else { continue }
            let name = histogram.rawValue
            lines.append("# TYPE \(name) histogram")
            var total = 0
            for (bound, count) in zip(histogram.bounds, series.counts) {
                total += count
                lines.append("\(name)_bucket{le=\"\(bound)\"} \(total)")
            }
            lines.append("\(name)_bucket{le=\"+Inf\"} \(series.count)")
            lines.append("\(name)_sum \(series.sum)")
            lines.append("\(name)_count \(series.count)")
        }
        lines.append("# TYPE te_queue_size gauge")
        lines.append("te_queue_size \(queueCount)")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
