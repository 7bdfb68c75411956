import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Platform
import Synchronization

/// Sends requests: repeats transient failures, follows redirects itself, and sends the token to the endpoint only.
final class HubTransport: Sendable {
    private static let redirectLimit = 5
    /// The most bytes of an answer that is held in memory: a listing of tens of thousands of files.
    static let answerLimit = 16 << 20
    /// The most characters of a server's text that a message repeats.
    private static let quoteLimit = 300

    let configuration: HubConfiguration
    let onEvent: HubEventHandler
    let watch = TransferWatch()
    private let clients = Mutex<[ClientKind: HTTPClient]>([:])

    init(configuration: HubConfiguration, onEvent: @escaping HubEventHandler) {
        self.configuration = configuration
        let token = configuration.token
        self.onEvent = { event in onEvent(token.map(event.without) ?? event) }
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
                let sending = request.isStreamed ? watch.begin() : nil
                defer { sending?.finish() }
                let response = try await client(for: request).execute(
                    prepared(request, sending), deadline: deadline(of: request))
                sending?.finish()
                let receiving = watch.begin()
                defer { receiving.finish() }
                let answer = OpenAnswer(
                    url: request.url, status: Int(response.status.code),
                    headers: HubHeaders(response.headers),
                    body: response.body, limit: Self.answerLimit, request: described, watch: watch)
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

    /// When an answer has to begin: in time after everything was sent at the least rate.
    private func deadline(of request: HubRequest) -> NIODeadline {
        let rate = configuration.minRate
        guard rate > 0 else { return .distantFuture }
        let connecting = min(10, configuration.answerTimeout)
        let seconds = configuration.answerTimeout + connecting + Double(request.body.byteCount) / Double(rate)
        return .now() + .milliseconds(Int64(min(seconds, 1e9) * 1000))
    }

    private func prepared(_ request: HubRequest, _ sending: TransferWatch.Transfer?) -> HTTPClientRequest {
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
            let (watch, left) = (watch, Rest(slice.range.count))
            slice.onPiece = { count in
                progress(count)
                watch.count(count)
                if left.take(count) <= 0 { sending?.finish() }
            }
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
            throw refusal("redirected to \(quoted(url.origin)), where nothing is sent")
        }
        guard configuration.endpoint.mayLead(to: url) else {
            throw refusal("redirected to \(quoted(url.origin)), which is not safe")
        }
        var next = request
        next.url = url
        return next
    }

    private func failure(_ answer: OpenAnswer, _ request: HubRequest) async throws -> any Error {
        let body = (try? await answer.collect(limit: 1 << 20)) ?? []
        let error = HubError.answer(
            describe(request, answer), status: answer.status,
            code: answer.headers["x-error-code"],
            message: message(answer.headers, body), hasToken: configuration.token != nil)
        guard RetryPolicy.mayPass(answer.status) else { return error }
        return TransientFailure(error: error, requestedDelay: RetryPolicy.requestedDelay(answer.headers))
    }

    /// A request as an error names it.
    func describe(_ request: HubRequest, _ answer: OpenAnswer? = nil) -> HubError.Request {
        let isEndpoint = request.url.hasSameOrigin(as: configuration.endpoint.url)
        let id = answer?.headers["x-request-id"] ?? answer?.headers["x-amz-request-id"]
        return HubError.Request(
            method: request.method,
            path: quoted((isEndpoint ? "" : request.url.origin) + request.url.path),
            status: answer?.status, id: id.map { quoted($0, limit: 80) })
    }

    // MARK: - What servers say

    /// A server's text as it may stand in a message: without the token, on one line, and short.
    func quoted(_ text: String, limit: Int = HubTransport.quoteLimit) -> String {
        // The token is looked for before the text is cut, so that no part of it is left at the end.
        let start = String(text.unicodeScalars.prefix(limit + HubToken.sizeLimit))
        return HubError.printable(configuration.token?.redacting(start) ?? start, limit: limit)
    }

    /// What a server says in an error's headers and body, fit to be printed.
    func message(_ headers: HubHeaders, _ body: [UInt8]) -> String? {
        HubError.message(headers: headers, body: body).map { quoted($0) }
    }

    /// An error that cannot hold the token, wherever its words come from.
    func withoutToken(_ error: any Error) -> any Error {
        guard let error = error as? HubError, let token = configuration.token else { return error }
        return error.without(token)
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
        settings.http1_1ConnectionDebugInitializer = StatusGuard.install
        settings.connectionPool.retryConnectionEstablishment = false
        // As many as transfers run at once, so that none waits for a connection until it is called late.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
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

/// Counts down what is left of something, from any thread.
private final class Rest: Sendable {
    private let count: Mutex<Int>

    init(_ count: Int) { self.count = Mutex(count) }

    func take(_ part: Int) -> Int {
        count.withLock { count in
            count -= part
            return count
        }
    }
}
