import ClassificationData
import HTTPServer
import Inference
import JSONCore
import Platform

/// The routes of vLLM and SGLang.
enum ClassifyRoutes {
    static let all: [Route] = [
        Route(
            method: "POST", path: "/v1/classify", errors: .openAI, summary: "Classify texts or token ids",
            computes: true, example: example, answer: classify),
        Route(
            method: "POST", path: "/classify", errors: .openAI, summary: "As /v1/classify", computes: true,
            example: example, answer: classify),
        Route(method: "GET", path: "/v1/models", errors: .openAI, summary: "The models", answer: models),
    ]

    private static let example: JSONValue = ["input": ["rm -rf $dir", "ls -l"], "use_activation": true]

    private static func classify(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let object = try call.object()
        if object["messages"] != nil {
            throw ServingError(
                .invalid, "this model has no chat template; send \"input\" instead of \"messages\"")
        }
        let (inputs, isBatch) = try inputs(object["input"])
        let model = try call.model(named: object["model"])
        let limit = try object.integer("truncate_prompt_tokens", in: -1...Int.countLimit)
        let truncation = Truncation(
            isAllowed: limit != nil, limit: limit == -1 ? nil : limit,
            dropsLeft: try object.dropsLeft("truncation_side"),
            addsSpecialTokens: try object.flag("add_special_tokens") ?? true)
        let isActivated = try object.flag("use_activation") ?? true
        let classified = try await call.classify(inputs, by: model, truncation: truncation, isBatch: isBatch)
        let names = model.classifier.labels.names
        let data = classified.predictions.enumerated().map { index, prediction -> JSONValue in
            [
                "index": JSONValue(index), "label": .string(names[prediction.label]),
                "probs": .array(prediction.scores(isActivated ? .trained : .none).map(\.json)),
                "num_classes": JSONValue(names.count),
            ]
        }
        let tokens = JSONValue(classified.tokenCounts.reduce(0, +))
        let identifier = object["request_id"]?.string ?? object["rid"]?.string ?? randomIdentifier()
        return .json(
            [
                "id": .string("classify-\(identifier)"), "object": "list", "created": JSONValue(time(nil)),
                "model": .string(model.name), "data": .array(data),
                "usage": [
                    "prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0,
                    "prompt_tokens_details": .null,
                ],
            ], headers: classified.headers)
    }

    /// The texts of `input`: a text, a list of texts, a list of ids, or a list of lists of ids.
    private static func inputs(
        _ value: JSONValue?
    ) throws(ServingError) -> (inputs: [ClassifierInput], isBatch: Bool) {
        switch value {
        case .string(let text)?: return ([.text(text)], false)
        case .array(let elements)? where elements.isEmpty:
            throw ServingError(.empty, "\"input\" is empty; send a text")
        case .array(let elements)?:
            if let ids = ids(elements) { return ([.ids(ids)], false) }
            var inputs: [ClassifierInput] = []
            for element in elements {
                if let text = element.string {
                    inputs.append(.text(text))
                } else if let ids = element.array.flatMap(ids) {
                    inputs.append(.ids(ids))
                } else {
                    throw ServingError(
                        .invalid, "\"input\": \(element.kind) is neither a text nor a list of token ids")
                }
            }
            return (inputs, true)
        default:
            throw ServingError(
                .invalid, "\"input\" is missing; send {\"input\": \"a text\"} or a list of texts")
        }
    }

    private static func ids(_ elements: [JSONValue]) -> [Int32]? {
        let ids = elements.compactMap { $0.int(in: 0...Int(Int32.max)).map(Int32.init) }
        return ids.count == elements.count ? ids : nil
    }

    private static func randomIdentifier() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func models(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let data = call.service.models.all.map { model -> JSONValue in
            [
                "id": .string(model.name), "object": "model", "created": 0, "owned_by": "apr",
                "root": .string(model.source), "parent": .null,
                "max_model_len": JSONValue(model.classifier.maxSeqLength), "permission": [],
            ]
        }
        return .json(["object": "list", "data": .array(data)])
    }
}
