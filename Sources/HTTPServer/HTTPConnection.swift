import NIOCore
import NIOHTTP1

/// One client's connection: collects each request, has it answered, and writes the answer.
///
/// Requests that a client sends without waiting for answers are answered one after another; the pipeline holds them back.
final class HTTPConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: HTTPLimits
    private let isDraining: @Sendable () -> Bool
    private let respond: HTTPServer.Responder
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var bodyByteCount = 0
    private var isClosed = false
    private var answering: Task<Void, Never>?
    private var deadline: Scheduled<Void>?

    init(
        limits: HTTPLimits, isDraining: @escaping @Sendable () -> Bool,
        respond: @escaping HTTPServer.Responder
    ) {
        self.limits = limits
        self.isDraining = isDraining
        self.respond = respond
    }

    func channelActive(context: ChannelHandlerContext) {
        closeUnless(within: limits.idleSeconds, context: context)
        context.fireChannelActive()
    }

    /// The client has hung up: what is computed for it need not be finished.
    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        deadline?.cancel()
        answering?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context: context)
        case .body(let buffer): collect(buffer, context: context)
        case .end: finish(context: context)
        }
    }

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        self.head = head
        body = []
        bodyByteCount = 0
        closeUnless(within: limits.requestSeconds, context: context)
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        if announced > limits.droppedByteCount {
            isClosed = true
            context.close(promise: nil)
        } else if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            let head = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
    }

    private func collect(_ buffer: ByteBuffer, context: ChannelHandlerContext) {
        bodyByteCount += buffer.readableBytes
        if bodyByteCount <= limits.bodyByteCount {
            body.append(contentsOf: buffer.readableBytesView)
        } else {
            body = []
            guard bodyByteCount > limits.droppedByteCount else { return }
            isClosed = true
            context.close(promise: nil)
        }
    }

    private func finish(context: ChannelHandlerContext) {
        guard let head else { return }
        deadline?.cancel()
        let request = HTTPRequest(
            method: head.method.rawValue, path: String(head.uri.prefix { $0 != "?" }), body: body,
            arrival: .now, headers: head.headers.map { ($0.name, $0.value) })
        let isTooLong = bodyByteCount > limits.bodyByteCount
        let byteLimit = limits.bodyByteCount
        self.head = nil
        body = []
        let (respond, loop) = (respond, context.eventLoop)
        let bound = NIOLoopBound((connection: self, context: context), eventLoop: loop)
        answering = Task {
            let response = await respond(isTooLong ? .tooLong(limit: byteLimit, request) : .whole(request))
            loop.execute {
                bound.value.connection.answer(response, to: head, context: bound.value.context)
            }
        }
    }

    private func answer(_ response: HTTPResponse, to request: HTTPRequestHead, context: ChannelHandlerContext)
    {
        guard !isClosed else { return }
        answering = nil
        let staysOpen = request.isKeepAlive && !isDraining()
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        headers.replaceOrAdd(name: "content-length", value: String(response.body.count))
        if !staysOpen {
            headers.replaceOrAdd(name: "connection", value: "close")
        } else if request.version != .http1_1 {
            headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        let head = HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: response.status),
            headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD, !response.body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: response.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        // Writing the end may bring the next request at once, which sets its own limit.
        closeUnless(within: limits.idleSeconds, context: context)
        guard !staysOpen else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return
        }
        isClosed = true
        let (channel, written) = (context.channel, context.eventLoop.makePromise(of: Void.self))
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func closeUnless(within seconds: Int64, context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
    }
}
