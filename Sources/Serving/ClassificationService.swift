package import HTTPServer
import JSONCore
import Platform

/// Answers requests of several families of clients with the classifiers that are served.
///
/// Each family has its routes, its form of answers and its form of errors; all share one queue before the model.
package final class ClassificationService: Sendable {
    /// What the service allows.
    package struct Options: Sendable {
        /// The version of the program.
        package var version: String
        /// The most texts in a request.
        package var clientBatchSize = 32
        /// The most requests that are answered at a time.
        package var concurrentRequests = 512
        /// The longest body in bytes.
        package var payloadLimit = 2_000_000
        /// What clients have to prove that they know; nil lets everybody in.
        package var apiKey: String?
        /// The origin whose pages may read answers in a browser, or `*` for every one; nil for none but this server's.
        package var allowedOrigin: String?
        /// How passes are made, and how long a request may wait.
        package var scheduling = BatchScheduler.Limits()

        package init(version: String) { self.version = version }
    }

    let models: ServedModels
    let options: Options
    let metrics: ServingMetrics
    let scheduler: BatchScheduler
    private let routes: RouteTable
    private let key: SecretKey?
    private let onAnswer: (@Sendable (AnswerRecord) -> Void)?
    private let state = Locked((active: 0, isDraining: false))

    /// - Parameters:
    ///   - onAnswer: is told of every answer.
    ///   - onFailure: is told why a text could not be computed; clients are not.
    package init(
        models: ServedModels, options: Options, onAnswer: (@Sendable (AnswerRecord) -> Void)? = nil,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.models = models
        self.options = options
        self.onAnswer = onAnswer
        let metrics = ServingMetrics()
        self.metrics = metrics
        scheduler = BatchScheduler(
            limits: options.scheduling,
            onPass: { texts, tokens in
                metrics.observe(.batchSize, Double(texts))
                metrics.observe(.batchTokens, Double(tokens))
            }, onFailure: onFailure)
        routes = RouteTable.ofAllFamilies
        key = options.apiKey.map(SecretKey.init)
    }

    /// From now on the service says that it is not ready; it still answers.
    package func startDraining() { state.withLock { $0.isDraining = true } }

    /// Whether new clients are welcome.
    var isReady: Bool { !state.withLock { $0.isDraining } }

    /// Answers a request.
    package func respond(to arrival: HTTPServer.Arrival) async -> HTTPResponse {
        let (request, limit) =
            switch arrival {
            case .whole(let request): (request, Int?.none)
            case .tooLong(let limit, let request): (request, Int?.some(limit))
            }
        var response = await answer(request, limit: limit)
        if let origin = options.allowedOrigin {
            response.headers.append((name: "access-control-allow-origin", value: origin))
            if origin != "*" { response.headers.append((name: "vary", value: "origin")) }
        }
        onAnswer?(AnswerRecord(request, response))
        return response
    }

    /// - Parameter limit: of the body, which was longer; nil where it was not.
    private func answer(_ request: HTTPRequest, limit: Int?) async -> HTTPResponse {
        guard let (matches, parameter) = routes.routes(at: request.path) else {
            return ErrorStyle.textEmbeddings.response(
                for: ServingError(.notFound, "there is no route \(request.path); GET /openapi.json lists all")
            )
        }
        if request.method == "OPTIONS", options.allowedOrigin != nil { return Self.preflight(matches) }
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let route = matches.first(where: { $0.method == method }) else {
            let allowed = matches.map(\.method).joined(separator: ", ")
            var response = matches[0].errors.response(
                for: ServingError(.methodNotAllowed, "\(request.path) answers \(allowed)"))
            response.headers.append((name: "allow", value: allowed))
            return response
        }
        do throws(ServingError) {
            guard !route.needsKey || isAuthorized(request) else {
                throw ServingError(
                    .unauthorized, "the request needs the header \"Authorization: Bearer KEY\"")
            }
            if let limit {
                throw ServingError(.bodyTooLong, "the body is longer than \(limit) bytes; send fewer texts")
            }
            let call = RouteCall(service: self, request: request, parameter: parameter)
            guard route.computes else { return try await route.answer(call) }
            return try await admitted(call, route: route)
        } catch {
            return route.errors.response(for: error)
        }
    }

    /// What a browser wants to know before it sends another origin's request.
    private static func preflight(_ routes: [Route]) -> HTTPResponse {
        HTTPResponse(
            status: 204,
            headers: [
                (name: "access-control-allow-methods", value: routes.map(\.method).joined(separator: ", ")),
                (name: "access-control-allow-headers", value: "authorization, content-type"),
                (name: "access-control-max-age", value: "86400"),
            ])
    }

    private func isAuthorized(_ request: HTTPRequest) -> Bool {
        guard let key else { return true }
        guard let given = request.header("authorization") else { return false }
        let scheme = "bearer "
        return given.lowercased().hasPrefix(scheme) && key.matches(given.dropFirst(scheme.count))
    }

    /// Answers a request that needs the model, unless too many are being answered.
    private func admitted(_ call: RouteCall, route: Route) async throws(ServingError) -> HTTPResponse {
        let limit = options.concurrentRequests
        let isAdmitted = state.withLock { state in
            guard state.active < limit else { return false }
            state.active += 1
            return true
        }
        guard isAdmitted else {
            metrics.count(.failures, label: "err=\"overloaded\"")
            throw ServingError(.overloaded, "\(limit) requests are being answered; try again later")
        }
        defer { state.withLock { $0.active -= 1 } }
        do throws(ServingError) {
            let response = try await route.answer(call)
            metrics.observe(.requestDuration, ContinuousClock.now - call.request.arrival)
            return response
        } catch {
            if let label = error.kind.metric { metrics.count(.failures, label: "err=\"\(label)\"") }
            throw error
        }
    }
}

/// What is known of a request after its answer, but for its texts.
package struct AnswerRecord: Sendable {
    private let fields: JSONObject

    init(_ request: HTTPRequest, _ response: HTTPResponse) {
        var fields: JSONObject = [
            "time": JSONValue(time(nil)), "method": .string(request.method), "path": .string(request.path),
            "status": JSONValue(response.status), "request_bytes": JSONValue(request.body.count),
            "response_bytes": JSONValue(response.body.count),
            "seconds": JSONValue((ContinuousClock.now - request.arrival).seconds),
        ]
        for (name, value) in response.headers where name == "x-compute-tokens" || name == "x-queue-time" {
            fields[name == "x-compute-tokens" ? "tokens" : "queue_ms"] = Int(value).map { JSONValue($0) }
        }
        self.fields = fields
    }

    /// The record as one line of JSON.
    package var line: String { JSONValue.object(fields).encoded() }
}

extension ServingError.Kind {
    /// text-embeddings-inference's word for it; nil for what it does not count.
    fileprivate var metric: String? {
        switch self {
        case .malformed, .invalid, .empty: "validation"
        case .batchTooLarge: "batch_size"
        case .tokenizer: "tokenization"
        case .failed, .timeout: "inference"
        case .overloaded: "overloaded"
        case .dropped: "dropped"
        case .bodyTooLong, .unauthorized, .notFound, .methodNotAllowed: nil
        }
    }
}

/// What clients have to know. It is compared in a time that does not depend on how much of it was guessed.
struct SecretKey: Sendable {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8) }

    func matches(_ text: some StringProtocol) -> Bool {
        let given = Array(text.utf8)
        var difference = bytes.count ^ given.count
        for index in given.indices {
            difference |= Int(given[index] ^ (bytes.isEmpty ? 0 : bytes[index % bytes.count]))
        }
        return difference == 0
    }
}
