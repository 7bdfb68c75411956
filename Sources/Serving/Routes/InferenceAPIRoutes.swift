import ClassificationData
import HTTPServer
import Inference
import JSONCore

/// The routes of the HF Inference API, which `huggingface_hub.InferenceClient` and `huggingface.js` call.
enum InferenceAPIRoutes {
    static let all: [Route] = [
        Route(
            method: "POST", path: "/", errors: .textEmbeddings,
            summary: "Classify texts, answered in nested lists",
            computes: true, example: example, answer: classify),
        Route(
            method: "POST", path: "/models/{model}", errors: .textEmbeddings,
            summary: "As /, with the model of this name", computes: true, example: example, answer: classify),
    ]

    private static let example: JSONValue = [
        "inputs": "rm -rf $dir", "parameters": ["top_k": 1, "function_to_apply": "softmax"],
    ]

    private static func classify(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        let object = try call.object()
        let texts: [String]
        switch object["inputs"] {
        case .string(let text)?: texts = [text]
        case .array(let elements)? where elements.allSatisfy({ $0.string != nil }):
            texts = elements.compactMap(\.string)
        default:
            throw ServingError(
                .invalid, "\"inputs\" is no text and no list of texts; this model reads no pairs")
        }
        let parameters = object["parameters"]?.object ?? JSONObject()
        let topK = try parameters.integer("top_k", in: 1...Int.countLimit)
        let model = try call.model()
        let activation = try activation(
            parameters["function_to_apply"], for: model.classifier.problemType)
        let classified = try await call.classify(
            texts.map { .text($0) }, by: model,
            truncation: Truncation(dropsLeft: try parameters.dropsLeft("truncation_direction")),
            isBatch: object["inputs"]?.array != nil)
        return .json(
            .array(
                classified.predictions.map {
                    $0.scores(activation).ranked(names: model.classifier.labels.names, topK: topK)
                }), headers: classified.headers)
    }

    private static func activation(
        _ value: JSONValue?, for problem: ProblemType
    ) throws(ServingError) -> Activation {
        guard let value, !value.isNull else { return .trained }
        switch value.string {
        // A softmax that was trained has the checkpoint's temperature.
        case "softmax": return problem == .singleLabel ? .trained : .softmax
        case "sigmoid": return .logistic
        case "none": return .none
        default:
            throw ServingError(
                .invalid, "\"function_to_apply\" is none of \"softmax\", \"sigmoid\" and \"none\"")
        }
    }
}
