import ClassificationData
import Evaluation
import HTTPServer
import Inference
import JSONCore
import TextTokenization

/// The routes of text-embeddings-inference.
///
/// They differ from it where it is wrong: multi-label models get the logistic function, and no logits overflow.
enum TextEmbeddingsRoutes {
    static let all: [Route] = [
        Route(
            method: "POST", path: "/predict", errors: .textEmbeddings,
            summary: "Classify one text or a batch",
            computes: true, example: example, answer: predict),
        Route(
            method: "POST", path: "/models/{model}/predict", errors: .textEmbeddings,
            summary: "Classify with the model of this name", computes: true, example: example, answer: predict
        ),
        Route(
            method: "POST", path: "/invocations", errors: .textEmbeddings,
            summary: "As /predict, for SageMaker",
            computes: true, example: example, answer: predict),
        Route(
            method: "GET", path: "/info", errors: .textEmbeddings, summary: "The first model and the limits",
            answer: info),
        Route(
            method: "POST", path: "/tokenize", errors: .textEmbeddings, summary: "The tokens of texts",
            example: ["inputs": "rm -rf $dir"], answer: tokenize),
    ]

    private static let example: JSONValue = ["inputs": "rm -rf $dir", "raw_scores": false, "truncate": true]

    private static func predict(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let object = try call.object()
        let (texts, isBatch) = try texts(object["inputs"])
        let model = try call.model()
        let truncation = Truncation(
            isAllowed: try object.flag("truncate") ?? true,
            dropsLeft: try object.dropsLeft("truncation_direction"))
        let isRaw = try object.flag("raw_scores") ?? false
        let classified = try await call.classify(
            texts.map { .text($0) }, by: model, truncation: truncation, isBatch: isBatch)
        let answers = classified.predictions.map {
            $0.scores(isRaw ? .none : .trained).ranked(names: model.classifier.labels.names)
        }
        return .json(isBatch ? .array(answers) : answers[0], headers: classified.headers)
    }

    /// The texts of `inputs`: a text, a list of one, or a batch of lists of one. Lists of two are pairs.
    private static func texts(_ inputs: JSONValue?) throws(ServingError) -> (texts: [String], isBatch: Bool) {
        switch inputs {
        case .string(let text)?: return ([text], false)
        case .array(let elements)?:
            if elements.isEmpty { throw ServingError(.empty, "\"inputs\" is empty; send a text") }
            if elements.contains(where: { $0.array == nil }) { return ([try single(elements)], false) }
            var texts: [String] = []
            for element in elements { texts.append(try single(element.array ?? [])) }
            return (texts, true)
        case nil: throw ServingError(.invalid, "\"inputs\" is missing; send {\"inputs\": \"a text\"}")
        case let value?:
            throw ServingError(.invalid, "\"inputs\" is \(value.kind); expected a text or a list")
        }
    }

    private static func single(_ elements: [JSONValue]) throws(ServingError) -> String {
        guard elements.allSatisfy({ $0.string != nil }), (1...2).contains(elements.count) else {
            throw ServingError(
                .invalid, "\"inputs\": each text of a batch is a list of one string: [[\"a\"], [\"b\"]]")
        }
        guard elements.count == 1 else {
            throw ServingError(
                .invalid,
                "\"inputs\": a list of two strings is one pair of texts, and this model reads single texts; send several as [[\"a\"], [\"b\"]]"
            )
        }
        return elements[0].string ?? ""
    }

    private static func info(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let (model, options) = (try call.model(), call.service.options)
        let names = model.classifier.labels.names
        let limits = options.scheduling
        let decision = model.classifier.decision
        return .json([
            "model_id": .string(model.name), "model_sha": .null, "model_dtype": "float32",
            "served_model_name": .string(model.name),
            "model_type": [
                "classifier": [
                    "id2label": .object(JSONObject(names.enumerated().map { (String($0), .string($1)) })),
                    "label2id": .object(JSONObject(names.enumerated().map { ($1, JSONValue($0)) })),
                ]
            ],
            "problem_type": .string(model.classifier.problemType.configName),
            "temperature": JSONValue(decision.temperature),
            "thresholds": decision.thresholds.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "max_concurrent_requests": JSONValue(options.concurrentRequests),
            "max_input_length": JSONValue(model.classifier.maxSeqLength),
            "max_batch_tokens": JSONValue(limits.batchTokens ?? model.classifier.tokenBudget),
            "max_batch_requests": limits.batchTexts.map { JSONValue($0) } ?? .null,
            "max_client_batch_size": JSONValue(options.clientBatchSize), "auto_truncate": true,
            "version": .string(options.version), "sha": .null, "docker_label": .null,
        ])
    }

    /// text-embeddings-inference sends `inputs`, vLLM `prompt`; each gets its own answer.
    private static func tokenize(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let object = try call.object()
        let tokenizer = try call.model(named: object["model"]).classifier.tokenizer
        let addsSpecialTokens = try object.flag("add_special_tokens") ?? true
        if let prompt = object["prompt"]?.string {
            let ids = tokenizer.encode(prompt, addSpecialTokens: addsSpecialTokens, maxLength: .max)
            return .json([
                "count": JSONValue(ids.count),
                "max_model_len": JSONValue(try call.model().classifier.maxSeqLength),
                "tokens": .array(ids.map { JSONValue(Int($0)) }), "token_strs": .null,
            ])
        }
        let texts: [String]
        switch object["inputs"] {
        case .string(let text)?: texts = [text]
        case .array(let elements)? where elements.allSatisfy({ $0.string != nil }):
            texts = elements.compactMap(\.string)
        default: throw ServingError(.invalid, "\"inputs\" is no text and no list of texts")
        }
        let limit = call.service.options.clientBatchSize
        guard texts.count <= limit else {
            throw ServingError(
                .batchTooLarge, "there are \(texts.count) texts; send at most \(limit) in a request")
        }
        let special = Set(tokenizer.addedTokens.filter(\.token.isSpecial).map(\.id))
        return .json(
            .array(
                texts.map { text in
                    let encoding = tokenizer.encodeWithTokens(
                        text, addSpecialTokens: addsSpecialTokens, maxLength: .max)
                    return .array(
                        zip(encoding.ids, encoding.tokens).map { id, token in
                            [
                                "id": JSONValue(Int(id)), "text": .string(token),
                                "special": .bool(special.contains(id)), "start": .null, "stop": .null,
                            ]
                        })
                }))
    }
}
