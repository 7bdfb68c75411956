import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Platform
import Synchronization

/// Sends requests: repeats transient failures, follows redirects itself, and sends the token to the endpoint only.
final class HubTransport: Sendable {
    private static let redirectLimit = 5
    private static let answerLimit = 64 << 20

    let configuration: HubConfiguration
    let onEvent: HubEventHandler
    private let clients = Mutex<[ClientKind: HTTPClient]>([:])

    init(configuration: HubConfiguration, onEvent: @escaping HubEventHandler) {
        self.configuration = configuration
        self.onEvent = onEvent
    }

    /// Closes all connections.
    func shutdown() async {
        let open = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        // A connection that does not close properly is closed by the end of the process.
        for client in open { try? await client.shutdown() }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// - Parameter accepted: Statuses beside 2xx that are answers and no errors.
    /// - Throws: `HubError`, `FileError` when a file cannot be read, or `CancellationError`.
    func send(_ request: HubRequest, accepting accepted: Set<Int> = []) async throws -> HubAnswer {
        try await repeating(request) {
            try await self.exchange(request, accepting: accepted) { answer in
                HubAnswer(status: answer.status, headers: answer.headers, body: try await answer.collect())
            }
        }
    }

    /// Sends a request once and lends the answer while it arrives.
    ///
    /// - Parameter onRedirect: Sees the answers on the way, which name the content already.
    /// - Throws: `HubError`, `TransientFailure` for a transient failure, what `body` throws, or `CancellationError`.
    func exchange<Result: Sendable>(
        _ request: HubRequest, accepting accepted: Set<Int> = [],
        onRedirect: (OpenAnswer) throws -> Void = { _ in },
        _ body: (OpenAnswer) async throws -> Result
    ) async throws -> Result {
        var request = request
        for _ in 0...Self.redirectLimit {
            let described = describe(request)
            do {
                let response = try await client(for: request).execute(
                    prepared(request), deadline: .distantFuture)
                let answer = OpenAnswer(
                    url: request.url, status: Int(response.status.code),
                    headers: HubHeaders(response.headers),
                    body: response.body, limit: Self.answerLimit, request: described)
                if let next = try redirect(answer, of: request) {
                    try onRedirect(answer)
                    try await answer.drain()
                    request = next
                    continue
                }
                if 200..<300 ~= answer.status || accepted.contains(answer.status) {
                    return try await body(answer)
                }
                throw try await failure(answer, request)
            } catch {
                throw Self.explained(error, described, configuration)
            }
        }
        throw HubError(
            .unavailable, "redirected more than \(Self.redirectLimit) times", remedy: "check HF_ENDPOINT",
            request: describe(request))
    }

    /// Repeats transient failures until the request succeeds or the attempts are used up.
    func repeating<Result: Sendable>(
        _ request: HubRequest, _ attempt: () async throws -> Result
    ) async throws -> Result {
        var repetition = 0
        while true {
            do {
                return try await attempt()
            } catch let failure as TransientFailure {
                guard request.isRepeatable, repetition < configuration.retries.limit else {
                    throw failure.error
                }
                try await pause(for: failure, repetition: repetition)
                repetition += 1
            }
        }
    }

    /// Waits before a request is repeated.
    ///
    /// - Throws: the failure's error when the server asks for more patience than there is.
    func pause(for failure: TransientFailure, repetition: Int) async throws {
        let delay = failure.requestedDelay ?? configuration.retries.delay(before: repetition)
        guard delay <= RetryPolicy.longestWait else { throw failure.error }
        onEvent(.waiting(seconds: delay, reason: failure.error.fact))
        try await Task.sleep(for: .seconds(delay))
    }

    // MARK: - One attempt

    private func prepared(_ request: HubRequest) -> HTTPClientRequest {
        var result = HTTPClientRequest(url: request.url.text)
        result.method = HTTPMethod(rawValue: request.method)
        result.headers.add(name: "user-agent", value: configuration.userAgent)
        result.headers.add(name: "accept-encoding", value: "identity")
        for header in request.headers { result.headers.replaceOrAdd(name: header.name, value: header.value) }
        if request.isAuthorized, request.url.hasSameOrigin(as: configuration.endpoint.url),
            let token = configuration.token
        {
            result.headers.replaceOrAdd(name: "authorization", value: token.authorization)
        }
        switch request.body {
        case .none: break
        case .bytes(let buffer): result.body = .bytes(buffer)
        case .slice(var slice, let progress):
            slice.onPiece = progress
            result.body = .stream(slice, length: .known(Int64(slice.range.count)))
        }
        return result
    }

    /// The request that a redirect asks for; nil when the answer is none.
    private func redirect(_ answer: OpenAnswer, of request: HubRequest) throws -> HubRequest? {
        guard [301, 302, 303, 307, 308].contains(answer.status) else { return nil }
        func refusal(_ fact: String) -> HubError {
            HubError(.unavailable, fact, remedy: "check HF_ENDPOINT", request: describe(request, answer))
        }
        guard let location = answer.headers["location"], let url = request.url.resolving(location) else {
            throw refusal("redirected to an invalid URL")
        }
        let isReading = request.method == "GET" || request.method == "HEAD"
        let keepsMethod = answer.status == 307 || answer.status == 308
        guard isReading || keepsMethod && url.hasSameOrigin(as: request.url) else {
            throw refusal("redirected to \(HubError.printable(url.origin)), where nothing is sent")
        }
        guard
            url.scheme == "https" || url.isLoopback || request.url.scheme == "http" && !request.url.isLoopback
        else { throw refusal("redirected to plain HTTP at \(HubError.printable(url.origin))") }
        var next = request
        next.url = url
        return next
    }

    private func failure(_ answer: OpenAnswer, _ request: HubRequest) async throws -> any Error {
        let body = (try? await answer.collect(limit: 1 << 20)) ?? []
        let message = HubError.message(headers: answer.headers, body: body)
        let token = configuration.token
        let error = HubError.answer(
            describe(request, answer), status: answer.status,
            code: answer.headers["x-error-code"],
            message: message.map { token?.redacting($0) ?? $0 }, hasToken: token != nil)
        guard RetryPolicy.mayPass(answer.status) else { return error }
        return TransientFailure(error: error, requestedDelay: RetryPolicy.requestedDelay(answer.headers))
    }

    /// A request as an error names it.
    func describe(_ request: HubRequest, _ answer: OpenAnswer? = nil) -> HubError.Request {
        let isEndpoint = request.url.hasSameOrigin(as: configuration.endpoint.url)
        let id = answer?.headers["x-request-id"] ?? answer?.headers["x-amz-request-id"]
        return HubError.Request(
            method: request.method,
            path: HubError.printable((isEndpoint ? "" : request.url.origin) + request.url.path),
            status: answer?.status, id: id.map { HubError.printable($0, limit: 80) })
    }

    // MARK: - Clients

    private struct ClientKind: Hashable {
        let proxy: ProxySettings.Proxy?
        let isDownload: Bool
    }

    private func client(for request: HubRequest) throws -> HTTPClient {
        let kind = ClientKind(
            proxy: configuration.proxies.proxy(for: request.url), isDownload: request.isDownload)
        return try clients.withLock { clients in
            if let client = clients[kind] { return client }
            let client = HTTPClient(
                eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: try settings(kind))
            clients[kind] = client
            return client
        }
    }

    private func settings(_ kind: ClientKind) throws -> HTTPClient.Configuration {
        let silence = kind.isDownload ? configuration.downloadTimeout : configuration.answerTimeout
        let limit = TimeAmount.milliseconds(Int64(silence * 1000))
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: limit, write: limit), decompression: .disabled)
        settings.httpVersion = .http1Only
        settings.connectionPool.retryConnectionEstablishment = false
        settings.http1_1ConnectionDebugInitializer = StatusCheck.install
        if let proxy = kind.proxy {
            settings.proxy = .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
        }
        if let path = configuration.certificates {
            guard try FileStatus.of(path, followingLinks: true) != nil else {
                throw HubError.setting(
                    "\(path): SSL_CERT_FILE names it, but it does not exist",
                    remedy: "give a file of certificates, or unset SSL_CERT_FILE")
            }
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(path)
            settings.tlsConfiguration = tls
        }
        return settings
    }
}
