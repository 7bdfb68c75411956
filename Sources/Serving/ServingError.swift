import HTTPServer
import JSONCore

/// Why a request is not answered with what it asked for.
struct ServingError: Error {
    /// What kind of reason it is; each family of clients has a status for it.
    enum Kind {
        /// The body is no JSON.
        case malformed
        /// The request asks for something that there is not.
        case invalid
        /// There is no text.
        case empty
        /// There are more texts than a request may have.
        case batchTooLarge
        /// The text cannot become tokens of the model.
        case tokenizer
        case bodyTooLong
        case unauthorized
        case notFound
        case methodNotAllowed
        case overloaded
        case timeout
        /// The model or the device failed.
        case failed
        /// The client has hung up; nobody reads the answer.
        case dropped
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

/// How a family of clients expects errors.
enum ErrorStyle {
    /// text-embeddings-inference and the HF Inference API: `{"error": …, "error_type": …}`.
    case textEmbeddings
    /// OpenAI's, which vLLM and SGLang have, too: `{"error": {"message": …, "type": …, "param": null, "code": …}}`.
    case openAI
    /// KServe's: `{"error": …}`.
    case kserve

    /// The answer for an error.
    func response(for error: ServingError) -> HTTPResponse {
        let (status, type) = describe(error.kind)
        let body: JSONValue =
            switch self {
            case .textEmbeddings: ["error": .string(error.message), "error_type": .string(type)]
            case .openAI:
                [
                    "error": [
                        "message": .string(error.message), "type": .string(type), "param": .null,
                        "code": JSONValue(status),
                    ]
                ]
            case .kserve: ["error": .string(error.message)]
            }
        var response = HTTPResponse.json(body, status: status)
        switch error.kind {
        case .overloaded: response.headers.append((name: "retry-after", value: "1"))
        case .unauthorized: response.headers.append((name: "www-authenticate", value: "Bearer"))
        default: break
        }
        return response
    }

    private func describe(_ kind: ServingError.Kind) -> (status: Int, type: String) {
        switch self {
        case .textEmbeddings:
            switch kind {
            case .malformed: (400, "Validation")
            case .invalid, .batchTooLarge: (422, "Validation")
            case .empty: (400, "Empty")
            case .tokenizer: (422, "Tokenizer")
            case .overloaded: (429, "Overloaded")
            case .failed: (424, "Backend")
            case .timeout: (504, "Backend")
            default: (Self.status(kind), "Validation")
            }
        case .openAI:
            switch kind {
            case .notFound: (404, "NotFoundError")
            case .overloaded: (429, "RateLimitError")
            case .unauthorized: (401, "AuthenticationError")
            case .failed: (500, "InternalServerError")
            case .timeout: (504, "TimeoutError")
            default: (Self.status(kind), "BadRequestError")
            }
        case .kserve: (Self.status(kind), "")
        }
    }

    private static func status(_ kind: ServingError.Kind) -> Int {
        switch kind {
        case .malformed, .invalid, .empty, .batchTooLarge, .tokenizer: 400
        case .bodyTooLong: 413
        case .unauthorized: 401
        case .notFound: 404
        case .methodNotAllowed: 405
        case .overloaded: 429
        case .timeout: 504
        case .failed: 500
        case .dropped: 499
        }
    }
}

extension HTTPResponse {
    /// A document.
    static func json(_ value: JSONValue, status: Int = 200, headers: [(name: String, value: String)] = [])
        -> HTTPResponse
    {
        HTTPResponse(
            status: status, headers: [(name: "content-type", value: "application/json")] + headers,
            body: Array(value.encoded().utf8))
    }

    /// Plain text.
    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> HTTPResponse {
        HTTPResponse(headers: [(name: "content-type", value: type)], body: Array(text.utf8))
    }
}
