import ClassificationData
import HTTPServer
import Inference
import JSONCore

/// The routes of KServe: its first protocol, and the Open Inference Protocol, which Triton and MLServer have, too.
enum KServeRoutes {
    static let all: [Route] = [
        Route(
            method: "POST", path: "/v1/models/{model}:predict", errors: .kserve,
            summary: "The index of the class of each text (KServe v1)", computes: true,
            example: ["instances": ["rm -rf $dir", "ls -l"]], answer: predict),
        Route(
            method: "POST", path: "/v2/models/{model}/infer", errors: .kserve,
            summary: "The class and the probabilities of each text (Open Inference Protocol)", computes: true,
            example: [
                "inputs": [
                    ["name": "text", "shape": [2], "datatype": "BYTES", "data": ["rm -rf $dir", "ls -l"]]
                ]
            ], answer: infer),
        Route(
            method: "GET", path: "/v2/health/live", errors: .kserve, summary: "Whether the server runs",
            needsKey: false, answer: live),
        Route(
            method: "GET", path: "/v2/health/ready", errors: .kserve, summary: "Whether it takes requests",
            needsKey: false, answer: ready),
        Route(
            method: "GET", path: "/v2/models/{model}/ready", errors: .kserve,
            summary: "Whether the model takes requests", answer: modelReady),
        Route(
            method: "GET", path: "/v2/models/{model}", errors: .kserve,
            summary: "What the model reads and answers",
            answer: metadata),
        Route(
            method: "GET", path: "/v1/models/{model}", errors: .kserve,
            summary: "Whether the model takes requests (KServe v1)", answer: modelReady),
        Route(method: "GET", path: "/v2", errors: .kserve, summary: "The server", answer: server),
    ]

    private static func predict(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        guard let instances = try call.object()["instances"]?.array,
            case let texts = instances.compactMap(\.string), texts.count == instances.count
        else { throw ServingError(.invalid, "\"instances\" is no list of texts") }
        let model = try call.model()
        let classified = try await call.classify(
            texts.map { .text($0) }, by: model, truncation: Truncation(), isBatch: true)
        let predictions = classified.predictions.map { prediction -> JSONValue in
            switch model.classifier.problemType {
            case .singleLabel: JSONValue(prediction.label)
            case .multiLabel: .array(prediction.labels.map { JSONValue($0) })
            }
        }
        return .json(["predictions": .array(predictions)], headers: classified.headers)
    }

    private static func infer(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let object = try call.object()
        guard let input = object["inputs"]?.array?.first, object["inputs"]?.array?.count == 1 else {
            throw ServingError(.invalid, "\"inputs\" is no list of one tensor")
        }
        guard input["datatype"]?.string == "BYTES" else {
            throw ServingError(.invalid, "the tensor's \"datatype\" is not \"BYTES\", which texts have")
        }
        guard let shape = input["shape"]?.counts, let data = input["data"]?.array,
            case let texts = data.flatMap({ $0.array ?? [$0] }).compactMap(\.string),
            shape == [texts.count] || shape == [texts.count, 1], data.count == texts.count
        else {
            throw ServingError(
                .invalid, "the tensor's \"data\" is no list of as many texts as \"shape\" says")
        }
        let model = try call.model()
        let classified = try await call.classify(
            texts.map { .text($0) }, by: model, truncation: Truncation(), isBatch: true)
        let names = model.classifier.labels.names
        var answer: JSONObject = ["model_name": .string(model.name)]
        if let id = object["id"]?.string { answer["id"] = .string(id) }
        answer["outputs"] = [
            [
                "name": "label", "shape": [JSONValue(texts.count)], "datatype": "BYTES",
                "data": .array(classified.predictions.map { .string(names[$0.label]) }),
            ],
            [
                "name": "probabilities", "shape": [JSONValue(texts.count), JSONValue(names.count)],
                "datatype": "FP64",
                "data": .array(classified.predictions.flatMap { $0.probabilities.map { JSONValue($0) } }),
            ],
        ]
        return .json(.object(answer), headers: classified.headers)
    }

    private static func live(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        .json(["live": true])
    }

    private static func ready(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let isReady = call.service.isReady
        return .json(["ready": .bool(isReady)], status: isReady ? 200 : 503)
    }

    private static func modelReady(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let isReady = call.service.isReady
        return .json(
            ["name": .string(try call.model().name), "ready": .bool(isReady)], status: isReady ? 200 : 503)
    }

    private static func metadata(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let model = try call.model()
        return .json([
            "name": .string(model.name), "platform": "apr",
            "inputs": [["name": "text", "datatype": "BYTES", "shape": [-1]]],
            "outputs": [
                ["name": "label", "datatype": "BYTES", "shape": [-1]],
                [
                    "name": "probabilities", "datatype": "FP64",
                    "shape": [-1, JSONValue(model.classifier.labels.count)],
                ],
            ],
        ])
    }

    private static func server(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        .json(["name": "apr", "version": .string(call.service.options.version), "extensions": []])
    }
}
