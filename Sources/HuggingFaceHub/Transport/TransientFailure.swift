import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform

/// A transient failure: the same request may succeed a moment later.
struct TransientFailure: Error {
    /// The error to report when it persists.
    let error: HubError
    /// How long the server asks to wait, in seconds.
    var requestedDelay: Double?
    /// Whether the request may have been carried out although there is no answer.
    var mayHaveHappened = false
}

extension HubTransport {
    /// What the network library threw, in this module's words.
    static func explained(
        _ error: any Error, _ request: HubError.Request, _ configuration: HubConfiguration
    ) -> any Error {
        func transient(_ fact: String) -> TransientFailure {
            TransientFailure(
                error: HubError(
                    .unavailable, fact, remedy: "check the connection, and run the command again",
                    request: request),
                mayHaveHappened: true)
        }
        switch error {
        case is HubError, is TransientFailure, is FileError, is CancellationError: return error
        case let error as HTTPClientError:
            switch error {
            case .cancelled: return CancellationError()
            case .readTimeout, .writeTimeout:
                return transient("the server has stopped answering")
            case .deadlineExceeded: return transient("the server takes too long to answer")
            case .connectTimeout, .getConnectionFromPoolTimeout:
                return transient("no connection in 10 seconds")
            case .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
                return transient("no secure connection in time")
            case .remoteConnectionClosed, .uncleanShutdown: return transient("the connection was closed")
            case .proxyAuthenticationRequired, .invalidProxyResponse:
                return HubError(
                    .unavailable, "the proxy does not let the request through",
                    remedy: "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY", request: request)
            default: return transient("the request failed: \(error.shortDescription)")
            }
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            return HubError(
                .unavailable, "the server's certificate is not accepted, or TLS failed",
                remedy: "check the clock and HF_ENDPOINT, or name the certificates with SSL_CERT_FILE",
                request: request)
        case is NIOConnectionError: return transient("cannot connect")
        case let error as IOError:
            return transient("the connection failed: \(ErrnoText.of(error.errnoCode).lowercased())")
        case is HTTPParserError: return transient("the answer is cut off, or not HTTP")
        default: return transient("the connection failed")
        }
    }
}

/// How often a request is repeated, and how long to wait before.
struct RetryPolicy: Sendable {
    /// Statuses of transient failures.
    private static let passing: Set<Int> = [408, 429, 500, 502, 503, 504]
    /// What a server may ask to wait for at most, in seconds.
    static let longestWait = 300.0

    /// The most repetitions of one request.
    var limit = 5
    /// The first wait in seconds; each next one is twice as long, up to eight times the first.
    var firstDelay: Double

    /// Whether a repeated request may get another status.
    static func mayPass(_ status: Int) -> Bool { passing.contains(status) }

    /// How long to wait before a repetition, counted from 0.
    func delay(before repetition: Int) -> Double { firstDelay * Double(1 << min(repetition, 3)) }

    /// How long a server asks to wait, in seconds: `RateLimit: "api";r=0;t=55`, else `Retry-After: 55`.
    static func requestedDelay(_ headers: HubHeaders) -> Double? {
        if let limit = headers["ratelimit"] {
            for part in limit.split(separator: ";") {
                let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
                if pair.count == 2, pair[0] == "t", let seconds = Double(pair[1]), seconds >= 0 {
                    return seconds + 1
                }
            }
        }
        guard let text = headers["retry-after"], let seconds = Double(text), seconds >= 0 else { return nil }
        return seconds + 1
    }
}
