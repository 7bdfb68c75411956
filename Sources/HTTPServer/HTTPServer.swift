import NIOCore
import NIOHTTP1
import NIOPosix
import Platform

/// An HTTP/1.1 server that listens on one address and leaves what it answers to a function.
///
/// Headers and bodies are bounded, slow and idle clients are disconnected, and the task that answers a client that has
/// hung up is cancelled.
package final class HTTPServer: Sendable {
    /// What arrived: a request, or one whose body is too long and was dropped.
    package enum Arrival: Sendable {
        case whole(HTTPRequest)
        case tooLong(limit: Int, HTTPRequest)
    }

    /// Answers a request. It runs outside the event loop, and is cancelled when the client hangs up.
    package typealias Responder = @Sendable (Arrival) async -> HTTPResponse

    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let clients: Clients

    /// The port that the server listens on.
    package var port: Int { listener.localAddress?.port ?? 0 }

    /// Listens.
    ///
    /// - Parameters:
    ///   - host: a name or an address of this machine.
    ///   - port: the port; 0 takes any free one.
    /// - Throws: `HTTPServerError`.
    package init(host: String, port: Int, limits: HTTPLimits, respond: @escaping Responder) throws {
        let clients = Clients()
        var headerLimits = NIOHTTPDecoderLimitConfiguration()
        headerLimits.maxHeaderFieldSize = limits.headerByteCount
        headerLimits.maxHeaderListSize = limits.headerByteCount
        let decoderLimits = headerLimits
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: true,
                        withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
                        withDecoderLimitConfiguration: decoderLimits)
                    try channel.pipeline.syncOperations.addHandler(
                        HTTPConnection(limits: limits, isDraining: { clients.isDraining }, respond: respond))
                    clients.add(channel)
                }
            }
        do {
            listener = try bootstrap.bind(host: host, port: port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPServerError(error, host: host, port: port)
        }
        self.group = group
        self.clients = clients
    }

    /// Stops listening, lets requests that have begun be answered, and ends.
    ///
    /// - Parameter seconds: how long answers may take; then their connections are closed.
    package func drain(seconds: Double) {
        try? listener.close().wait()
        for channel in clients.startDraining() {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        let end = ContinuousClock.now + .seconds(seconds)
        while !clients.isEmpty, ContinuousClock.now < end { usleep(5_000) }
        try? group.syncShutdownGracefully()
    }
}

/// The open connections.
private final class Clients: Sendable {
    private struct State: Sendable {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
    }

    private let state = Locked(State())

    var isDraining: Bool { state.withLock { $0.isDraining } }
    var isEmpty: Bool { state.withLock { $0.channels.isEmpty } }

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            state.channels[key] = channel
            return state.isDraining
        }
        channel.closeFuture.whenComplete { _ in self.remove(key) }
        if isLate { channel.close(promise: nil) }
    }

    private func remove(_ key: ObjectIdentifier) {
        state.withLock { state in state.channels[key] = nil }
    }

    func startDraining() -> [any Channel] {
        state.withLock { state in
            state.isDraining = true
            return Array(state.channels.values)
        }
    }
}

/// Why the server cannot listen.
package struct HTTPServerError: Error, CustomStringConvertible {
    package let description: String

    fileprivate init(_ error: any Error, host: String, port: Int) {
        let address = "\(host):\(port)"
        let code = (error as? IOError)?.errnoCode
        description =
            switch code {
            case EADDRINUSE:
                "\(address): another program listens there; choose another port, or 0 for any free one"
            case EACCES: "\(address): not permitted; choose a port from 1024 on"
            case EADDRNOTAVAIL:
                "\(address): not an address of this machine; choose one that is, such as 127.0.0.1"
            case let code?: "\(address): cannot listen: \(String(cString: strerror(code)).lowercased())"
            case nil:
                "\(address): the host is not known; choose an address of this machine, such as 127.0.0.1"
            }
    }
}
