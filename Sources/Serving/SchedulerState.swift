import Inference

/// What a scheduler knows: the requests that wait, their texts, and the order of the texts.
struct SchedulerState: Sendable {
    typealias Instant = ContinuousClock.Instant
    typealias Continuation = CheckedContinuation<Result<[ScheduledLogits], SchedulingError>, Never>

    /// A text for a classifier.
    struct Key: Hashable, Sendable {
        let classifier: ObjectIdentifier
        let ids: [Int32]
    }

    /// A text of a pass.
    struct Entry: Sendable {
        let key: Key
        let classifier: Classifier
    }

    /// A position in the answer to a request.
    private struct Waiter: Sendable {
        let request: Int
        let position: Int
    }

    /// A text that waits or is being computed.
    private struct Job: Sendable {
        let classifier: Classifier
        var waiters: [Waiter]
    }

    private struct Request: Sendable {
        let continuation: Continuation
        let keys: [Key]
        let arrival: Instant
        let deadline: Instant?
        var results: [ScheduledLogits?]
        var missing: Int
    }

    /// The texts that wait, in their order; those that nobody waits for any more are skipped later. Each is there once.
    private(set) var queue: [Key] = []
    private var jobs: [Key: Job] = [:]
    private var requests: [Int: Request] = [:]
    /// The requests by their deadlines, which rise with their numbers.
    private var deadlines: [Int] = []
    private var nextNumber = 0
    private var isRunning = false
    private var isTimed = false

    /// A number for a request.
    mutating func makeNumber() -> Int {
        nextNumber += 1
        return nextNumber
    }

    /// Takes up a request.
    ///
    /// - Returns: whether passes have to be started, and whether a timer has.
    mutating func enqueue(
        _ texts: [[Int32]], for classifier: Classifier, number: Int, at now: Instant, deadline: Instant?,
        _ continuation: Continuation
    ) -> (startsPasses: Bool, startsTimer: Bool) {
        let keys = texts.map { Key(classifier: ObjectIdentifier(classifier), ids: $0) }
        requests[number] = Request(
            continuation: continuation, keys: keys, arrival: now, deadline: deadline,
            results: Array(repeating: nil, count: keys.count), missing: keys.count)
        for (position, key) in keys.enumerated() {
            let waiter = Waiter(request: number, position: position)
            if jobs[key] == nil {
                jobs[key] = Job(classifier: classifier, waiters: [waiter])
                queue.append(key)
            } else {
                jobs[key]?.waiters.append(waiter)
            }
        }
        let startsPasses = !isRunning && !queue.isEmpty
        if startsPasses { isRunning = true }
        guard deadline != nil else { return (startsPasses, false) }
        deadlines.append(number)
        defer { isTimed = true }
        return (startsPasses, !isTimed)
    }

    /// Ends a request without an answer.
    mutating func remove(_ number: Int) -> Continuation? {
        guard let request = requests.removeValue(forKey: number) else { return nil }
        for key in Set(request.keys) { jobs[key]?.waiters.removeAll { $0.request == number } }
        return request.continuation
    }

    /// The texts of the next pass: the first that waits, and those of its classifier behind it that fit.
    ///
    /// - Returns: nil when none waits; passes then have to be started again.
    mutating func nextBatch(_ limits: BatchScheduler.Limits) -> [Entry]? {
        var batch: [Entry] = []
        var others: [Key] = []
        var tokens = 0
        var index = 0
        while index < queue.count {
            let key = queue[index]
            guard let job = jobs[key], !job.waiters.isEmpty else {
                jobs[key] = nil
                index += 1
                continue
            }
            let length = max(1, key.ids.count)
            if let first = batch.first {
                if key.classifier != first.key.classifier {
                    others.append(key)
                    index += 1
                    continue
                }
                let budget = limits.batchTokens ?? job.classifier.tokenBudget
                if batch.count >= limits.batchTexts ?? .max || tokens + length > budget { break }
            }
            batch.append(Entry(key: key, classifier: job.classifier))
            tokens += length
            index += 1
        }
        queue.replaceSubrange(..<index, with: others)
        isRunning = !batch.isEmpty
        return batch.isEmpty ? nil : batch
    }

    /// Hands logits to all that wait for them.
    ///
    /// - Returns: the requests that are complete.
    mutating func deliver(
        _ results: [(key: Key, logits: [Float])], start: Instant, end: Instant
    ) -> [(Continuation, [ScheduledLogits])] {
        var complete: [(Continuation, [ScheduledLogits])] = []
        for (key, logits) in results {
            for waiter in jobs.removeValue(forKey: key)?.waiters ?? [] {
                guard var request = requests.removeValue(forKey: waiter.request) else { continue }
                request.results[waiter.position] = ScheduledLogits(
                    values: logits, queueTime: max(.zero, start - request.arrival), inferenceTime: end - start
                )
                request.missing -= 1
                if request.missing == 0 {
                    complete.append((request.continuation, request.results.compactMap { $0 }))
                } else {
                    requests[waiter.request] = request
                }
            }
        }
        return complete
    }

    /// Ends the requests that wait for a text that cannot be computed.
    mutating func fail(_ key: Key) -> [Continuation] {
        let waiters = jobs.removeValue(forKey: key)?.waiters ?? []
        return waiters.compactMap { remove($0.request) }
    }

    /// Ends the requests whose deadline has passed.
    ///
    /// - Returns: them, and how long it is until the next deadline; nil when none waits.
    mutating func expire(at now: Instant) -> (expired: [Continuation], next: Duration?) {
        var expired: [Continuation] = []
        var count = 0
        var next: Duration?
        for number in deadlines {
            if let deadline = requests[number]?.deadline {
                guard deadline <= now else {
                    next = deadline - now
                    break
                }
                if let continuation = remove(number) { expired.append(continuation) }
            }
            count += 1
        }
        deadlines.removeFirst(count)
        isTimed = next != nil
        return (expired, next)
    }
}
