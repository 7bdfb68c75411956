import Evaluation
import HTTPServer
import Inference
import JSONCore

/// A text, or the token ids that a client made of one.
enum ClassifierInput: Sendable {
    case text(String)
    case ids([Int32])
}

/// What happens to texts that are longer than the limit.
struct Truncation: Sendable {
    /// Whether they are cut; otherwise the request is refused.
    var isAllowed = true
    /// The most tokens; nil for the model's limit, which none exceeds.
    var limit: Int?
    /// Whether the beginning is dropped; nil for what the model does.
    var dropsLeft: Bool?
    /// Whether the tokenizer's special tokens are added.
    var addsSpecialTokens = true
}

/// How logits become scores.
enum Activation {
    /// As the model was trained: a softmax, or for multi-label one logistic function each.
    case trained
    case softmax
    case logistic
    case none
}

/// The classes of several texts.
struct Classified: Sendable {
    let predictions: [Prediction]
    /// The tokens of each text.
    let tokenCounts: [Int]
    /// What the answer says of the work: `x-compute-…` and the times, in milliseconds.
    let headers: [(name: String, value: String)]
}

/// A class and its score.
struct ClassScore {
    let label: Int
    let value: Double
    /// The score with all its digits, and no more.
    let json: JSONValue
}

extension Prediction {
    /// The score of each class, by index.
    func scores(_ activation: Activation = .trained) -> [ClassScore] {
        switch activation {
        case .none:
            logits.enumerated().map { ClassScore(label: $0, value: Double($1), json: JSONValue($1)) }
        case .trained: Self.scores(probabilities)
        case .softmax: Self.scores(Probabilities.softmax(logits))
        case .logistic: Self.scores(logits.map { Probabilities.sigmoid($0) })
        }
    }

    private static func scores(_ values: [Double]) -> [ClassScore] {
        values.enumerated().map { ClassScore(label: $0, value: $1, json: JSONValue($1)) }
    }
}

extension [ClassScore] {
    /// `[{"label": …, "score": …}]` from the highest score to the lowest; equal ones in the order of their classes.
    func ranked(names: [String], topK: Int? = nil) -> JSONValue {
        let order = sorted { ($1.value, $0.label) < ($0.value, $1.label) }
        return .array(
            order.prefix(topK ?? .max).map { ["label": .string(names[$0.label]), "score": $0.json] })
    }
}

extension RouteCall {
    /// Classifies the texts of a request: tokenizes them, queues them, and waits for their logits.
    ///
    /// - Parameter isBatch: whether the client sent a list.
    func classify(
        _ inputs: [ClassifierInput], by model: ServedModel, truncation: Truncation, isBatch: Bool
    ) async throws(ServingError) -> Classified {
        let metrics = service.metrics
        let method = isBatch ? "method=\"batch\"" : "method=\"single\""
        metrics.count(.requests, label: method)
        metrics.count(.predictions, by: inputs.count)
        guard !inputs.isEmpty else { throw ServingError(.empty, "there is no text; send at least one") }
        let limit = service.options.clientBatchSize
        guard inputs.count <= limit else {
            throw ServingError(
                .batchTooLarge, "there are \(inputs.count) texts; send at most \(limit) in a request")
        }
        let start = ContinuousClock.now
        var ids: [[Int32]] = []
        var isTruncated: [Bool] = []
        for (index, input) in inputs.enumerated() {
            let (tokens, wasCut) = try tokens(of: input, at: index, for: model, truncation: truncation)
            ids.append(tokens)
            isTruncated.append(wasCut)
            metrics.observe(.inputLength, Double(tokens.count))
        }
        let tokenization = ContinuousClock.now - start
        let results = try await logits(of: ids, by: model.classifier)
        let predictions = zip(results, isTruncated).map {
            model.classifier.prediction($0.values, isTruncated: $1)
        }
        let queue = results.map(\.queueTime).max() ?? .zero
        let inference = results.map(\.inferenceTime).max() ?? .zero
        metrics.observe(.tokenizationDuration, tokenization)
        metrics.observe(.queueDuration, queue)
        metrics.observe(.inferenceDuration, inference)
        metrics.count(.successes, label: method)
        metrics.count(.predicted, by: inputs.count)
        let total = ContinuousClock.now - request.arrival
        return Classified(
            predictions: predictions, tokenCounts: ids.map(\.count),
            headers: [
                (name: "x-compute-type", value: "cpu"),
                (name: "x-compute-time", value: Self.milliseconds(total)),
                (name: "x-compute-characters", value: String(inputs.reduce(0) { $0 + $1.characterCount })),
                (name: "x-compute-tokens", value: String(ids.reduce(0) { $0 + $1.count })),
                (name: "x-truncated", value: String(isTruncated.count { $0 })),
                (name: "x-total-time", value: Self.milliseconds(total)),
                (name: "x-tokenization-time", value: Self.milliseconds(tokenization)),
                (name: "x-queue-time", value: Self.milliseconds(queue)),
                (name: "x-inference-time", value: Self.milliseconds(inference)),
            ])
    }

    private func tokens(
        of input: ClassifierInput, at index: Int, for model: ServedModel, truncation: Truncation
    ) throws(ServingError) -> (ids: [Int32], isTruncated: Bool) {
        let classifier = model.classifier
        let limit = min(truncation.limit ?? classifier.maxSeqLength, classifier.maxSeqLength)
        let ids: [Int32]
        let count: Int
        do throws(ClassifierError) {
            switch input {
            case .text(let text):
                let tokenized = try classifier.tokenize(
                    text, with: model.tokenizer(dropsLeft: truncation.dropsLeft), limit: limit,
                    addSpecialTokens: truncation.addsSpecialTokens)
                ids = tokenized.ids
                count = tokenized.fullCount
            case .ids(let given):
                try classifier.check(given)
                count = given.count
                ids = Array(truncation.dropsLeft == true ? given.suffix(limit) : given.prefix(limit))
            }
        } catch {
            throw ServingError(.tokenizer, "text \(index): the model has no such token: \(error)")
        }
        guard truncation.isAllowed || count <= limit else {
            throw ServingError(
                .invalid,
                "text \(index) has \(count) tokens; the model reads \(limit): shorten it, or ask for truncation"
            )
        }
        return (ids, count > limit)
    }

    private func logits(
        of ids: [[Int32]], by classifier: Classifier
    ) async throws(ServingError) -> [ScheduledLogits] {
        do throws(SchedulingError) {
            return try await service.scheduler.logits(of: ids, by: classifier)
        } catch {
            switch error {
            case .timeout: throw ServingError(.timeout, "the model was not reached in time; try again later")
            case .cancelled: throw ServingError(.dropped, "the client has hung up")
            case .failed:
                throw ServingError(.failed, "the model could not compute this; the server's messages say why")
            }
        }
    }

    private static func milliseconds(_ duration: Duration) -> String {
        String(Int((duration.seconds * 1000).rounded()))
    }
}

extension ClassifierInput {
    fileprivate var characterCount: Int {
        switch self {
        case .text(let text): text.unicodeScalars.count
        case .ids: 0
        }
    }
}

extension JSONObject {
    /// A flag of a request; nil where it is missing or null.
    func flag(_ key: String) throws(ServingError) -> Bool? {
        guard let value = self[key], !value.isNull else { return nil }
        guard let flag = value.bool else {
            throw ServingError(.invalid, "\"\(key)\" is \(value.kind); expected true or false")
        }
        return flag
    }

    /// A number of a request; nil where it is missing or null.
    func integer(_ key: String, in range: ClosedRange<Int>) throws(ServingError) -> Int? {
        guard let value = self[key], !value.isNull else { return nil }
        guard let number = value.int(in: range) else {
            throw ServingError(
                .invalid,
                "\"\(key)\" is out of range; expected an integer from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    /// Which end of a text is dropped; nil where it is missing or null.
    func dropsLeft(_ key: String) throws(ServingError) -> Bool? {
        guard let value = self[key], !value.isNull else { return nil }
        switch value.string {
        case "left", "Left": return true
        case "right", "Right": return false
        default: throw ServingError(.invalid, "\"\(key)\" is neither \"left\" nor \"right\"")
        }
    }
}
