import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

/// The connection was cut on purpose; nothing more is to be written to it.
struct ConnectionCut: Error {}

/// Wraps the routes of one listener: records requests and answers, and injects faults.
struct Front: Sendable {
    let server: ServerName
    let world: World
    let records: Records
    let routes: @Sendable (Exchange) async throws -> Reply

    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        let target = request.head.path ?? "/"
        let path = "/" + Exchange.components(target).joined(separator: "/")
        let method = request.method.rawValue
        let authorization = await world.name(ofAuthorization: request.headers[.authorization])
        let fault = await world.matchFault(server: server, method: method, path: path)
        let trace =
            HTTPField.Name("x-amzn-trace-id").flatMap { request.headers[$0] }
            ?? UUID().uuidString.lowercased()
        let requestID = "Root=1-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))-loopback;\(trace)"
        let record = records.begin { number in
            Record(
                number: number, server: server, method: method, host: request.head.authority ?? "",
                path: path,
                query: target.contains("?") ? String(target.drop { $0 != "?" }.dropFirst()) : "",
                authorization: authorization, range: request.headers[.range],
                userAgent: request.headers[.userAgent],
                contentLength: request.headers[.contentLength].flatMap { Int($0) },
                requestID: requestID, fault: fault?.id, started: Date())
        }
        let exchange = Exchange(
            server: server, request: request, record: record, ignoresRange: fault?.action.kind == .ignoreRange
        )
        let sender = Sender(record: record, requestID: requestID, isHead: exchange.isHead, channel: channel)
        do {
            var reply = try await self.reply(to: exchange, fault: fault?.action, sender: sender)
            sender.apply(fault?.action, to: &reply)
            try await sender.send(reply, fault: fault?.action, to: writer)
        } catch {
            record.end(status: 0)
            throw error
        }
    }

    /// The answer, with those faults that strike before or instead of the route.
    private func reply(to exchange: Exchange, fault: Fault.Action?, sender: Sender) async throws -> Reply {
        switch fault?.kind {
        case .status:
            if fault?.readBody ?? true { _ = try? await exchange.body() }
            return status(fault)
        case .reset where fault?.afterResponseBytes == nil, .stall where fault?.afterResponseBytes == nil:
            try await swallow(fault?.afterRequestBytes ?? 0, of: exchange)
            try await sender.pause(fault)
            throw await sender.cut()
        case .redirectLoop:
            let location = exchange.request.head.path ?? "/"
            return Reply(status: fault?.status ?? 302, headers: [("Location", location)])
        case .redirect:
            return Reply(status: fault?.status ?? 302, headers: [("Location", fault?.location ?? "/")])
        case .loseAnswer:
            _ = await route(exchange)
            throw await sender.cut()
        case .raw:
            if fault?.readBody ?? true { _ = try? await exchange.body(limit: 256 << 20) }
            throw await sender.sendRaw(fault)
        case .slowRead:
            for try await buffer in exchange.request.body {
                exchange.record.count(request: buffer.readableBytes)
                try await Task.sleep(for: .seconds(fault?.every ?? 1))
            }
            return Refusal(500, "read to the end").reply
        case .revokeToken:
            await world.revoke(authorization: exchange.request.headers[.authorization])
            return await route(exchange)
        default:
            return await route(exchange)
        }
    }

    private func route(_ exchange: Exchange) async -> Reply {
        do {
            return try await routes(exchange)
        } catch let refusal as Refusal {
            return refusal.reply
        } catch {
            return Refusal(500, "Internal Error").reply
        }
    }

    private func status(_ fault: Fault.Action?) -> Reply {
        let status = fault?.status ?? 500
        var reply =
            if let body = fault?.body {
                Reply(
                    status: status, headers: [("Content-Type", "application/json")],
                    body: .bytes(Array(body.utf8)))
            } else {
                Refusal(status, "injected fault").reply
            }
        reply.headers += (fault?.headers ?? [:]).map { ($0.key, $0.value) }
        return reply
    }

    /// Reads at most `count` bytes of the body, and no further: the sender then waits on a full socket.
    private func swallow(_ count: Int, of exchange: Exchange) async throws {
        guard count > 0 else { return }
        var seen = 0
        for try await buffer in exchange.request.body {
            seen += buffer.readableBytes
            exchange.record.count(request: buffer.readableBytes)
            if seen >= count { return }
        }
    }
}
