import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// One listening socket and the port it got.
struct Listener {
    let service: any Service
    let port: Port

    init(_ front: Front, host: String, port wanted: Int) throws {
        let port = Port()
        self.port = port
        var logger = Logger(label: "loopback-hub")
        logger.logLevel = .critical
        service = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .hostname(host, port: wanted)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            responder: { request, writer, channel in
                try await front.respond(to: request, writer: writer, channel: channel)
            },
            onServerRunning: { channel in await port.set(channel.localAddress?.port ?? 0) })
    }
}

/// A port number that is known once the socket is bound.
actor Port {
    private var value: Int?
    private var waiting: [CheckedContinuation<Int, Never>] = []

    func set(_ port: Int) {
        value = port
        for continuation in waiting { continuation.resume(returning: port) }
        waiting = []
    }

    func get() async -> Int {
        if let value { return value }
        return await withCheckedContinuation { waiting.append($0) }
    }
}
