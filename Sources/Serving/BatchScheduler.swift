import Dispatch
package import Inference
import Platform
import TensorCore

/// What the model says of one text, and how long that took.
package struct ScheduledLogits: Sendable {
    /// One for each class.
    package let values: [Float]
    /// How long the text waited for its pass.
    package let queueTime: Duration
    /// How long the pass took.
    package let inferenceTime: Duration
}

/// Why a request has no logits.
package enum SchedulingError: Error, Sendable {
    /// It waited longer than it may.
    case timeout
    /// Nobody waits for it any more.
    case cancelled
    /// The model or the device failed.
    case failed
}

/// The queue of texts before the model.
///
/// Texts are computed in the order of their arrival. A pass takes what waits when the model becomes free, up to a number
/// of tokens and texts, so a lone text never waits for company. A text that already waits or is being computed for
/// another request is not computed again.
package final class BatchScheduler: Sendable {
    /// How much one pass takes, and how long a request may wait.
    package struct Limits: Sendable {
        /// The most tokens in a pass, unless a single text is longer; nil takes the classifier's budget.
        package var batchTokens: Int?
        /// The most texts in a pass; nil for any number.
        package var batchTexts: Int?
        /// How long a request may wait; nil for ever.
        package var timeout: Duration?

        package init(batchTokens: Int? = nil, batchTexts: Int? = nil, timeout: Duration? = nil) {
            self.batchTokens = batchTokens
            self.batchTexts = batchTexts
            self.timeout = timeout
        }
    }

    private let limits: Limits
    private let onPass: @Sendable (_ texts: Int, _ tokens: Int) -> Void
    private let onFailure: @Sendable (any Error) -> Void
    private let state = Locked(SchedulerState())
    private let passes = DispatchQueue(label: "passes", qos: .userInitiated)
    private let timers = DispatchQueue(label: "deadlines")

    /// - Parameters:
    ///   - onPass: is told the size of every pass.
    ///   - onFailure: is told why a text could not be computed.
    package init(
        limits: Limits, onPass: @escaping @Sendable (_ texts: Int, _ tokens: Int) -> Void,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.limits = limits
        self.onPass = onPass
        self.onFailure = onFailure
    }

    /// How many texts wait.
    package var queueCount: Int { state.withLock { $0.queue.count } }

    /// The logits of texts, in their order.
    ///
    /// - Parameter texts: the token ids of each text.
    package func logits(
        of texts: [[Int32]], by classifier: Classifier
    ) async throws(SchedulingError) -> [ScheduledLogits] {
        guard !texts.isEmpty else { return [] }
        let number = state.withLock { $0.makeNumber() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(texts, for: classifier, number: number, continuation)
                // The handler below may have run before there was something to abandon.
                if Task.isCancelled { abandon(number) }
            }
        } onCancel: {
            abandon(number)
        }
        return try outcome.get()
    }

    private func enqueue(
        _ texts: [[Int32]], for classifier: Classifier, number: Int,
        _ continuation: SchedulerState.Continuation
    ) {
        let now = ContinuousClock.now
        let deadline = limits.timeout.map { now + $0 }
        let (startsPasses, startsTimer) = state.withLock { state in
            state.enqueue(
                texts, for: classifier, number: number, at: now, deadline: deadline, continuation)
        }
        if startsPasses { passes.async { self.run() } }
        if startsTimer, let timeout = limits.timeout { expire(after: timeout) }
    }

    private func abandon(_ number: Int) {
        let continuation = state.withLock { $0.remove(number) }
        continuation?.resume(returning: .failure(.cancelled))
    }

    // MARK: - Passes

    private func run() {
        while let batch = state.withLock({ $0.nextBatch(limits) }) { compute(batch) }
    }

    /// Computes texts in one pass. If that fails, each is computed alone, so that one does not spoil its neighbours.
    private func compute(_ batch: [SchedulerState.Entry]) {
        guard let classifier = batch.first?.classifier else { return }
        let start = ContinuousClock.now
        let sequences = batch.enumerated().map { TokenSequence(sampleID: $0, inputIDs: $1.key.ids) }
        onPass(batch.count, sequences.reduce(0) { $0 + max(1, $1.inputIDs.count) })
        var logits = [[Float]](repeating: [], count: batch.count)
        do {
            for pass in classifier.batches(sequences, tokenBudget: .max) {
                let values = try classifier.logits(of: pass.packed)
                let width = values.count / pass.indices.count
                for (row, index) in pass.indices.enumerated() {
                    logits[index] = Array(values[row * width..<(row + 1) * width])
                }
            }
        } catch {
            guard batch.count == 1 else { return batch.forEach { compute([$0]) } }
            onFailure(error)
            let failed = state.withLock { $0.fail(batch[0].key) }
            for continuation in failed { continuation.resume(returning: .failure(.failed)) }
            return
        }
        let results = zip(batch, logits).map { ($0.key, $1) }
        let answered = state.withLock { [results] state in
            state.deliver(results, start: start, end: .now)
        }
        for (continuation, logits) in answered { continuation.resume(returning: .success(logits)) }
    }

    // MARK: - Deadlines

    private func expire(after delay: Duration) {
        timers.asyncAfter(deadline: .now() + max(0.001, delay.seconds)) {
            let (expired, next) = self.state.withLock { $0.expire(at: .now) }
            for continuation in expired { continuation.resume(returning: .failure(.timeout)) }
            if let next { self.expire(after: next) }
        }
    }
}
