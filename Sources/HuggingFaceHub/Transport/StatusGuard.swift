import NIOCore
import NIOHTTP1

/// Lets only answers through that HTTP knows, and few of those that merely announce another.
///
/// AsyncHTTPClient takes a status below 100 for such an announcement, and ends the process when a body follows.
final class StatusGuard: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private static let announcementLimit = 16

    private var announcements = 0
    private var isRefused = false

    /// Puts a guard behind the decoder of a connection.
    static func install(in channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(StatusGuard(), position: .after(decoder))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        if case .head(let head) = unwrapInboundIn(data) {
            announcements = 100..<200 ~= head.status.code ? announcements + 1 : 0
            guard 100..<600 ~= head.status.code, announcements <= Self.announcementLimit else {
                isRefused = true
                context.fireErrorCaught(HTTPParserError.invalidStatus)
                return context.close(promise: nil)
            }
        }
        context.fireChannelRead(data)
    }
}
