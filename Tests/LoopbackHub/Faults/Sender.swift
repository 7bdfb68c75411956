import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes one reply to the connection, as a fault distorts it.
struct Sender: Sendable {
    let record: RecordHandle
    let requestID: String
    let isHead: Bool
    let channel: any Channel

    /// The faults that change what is sent rather than how.
    func apply(_ fault: Fault.Action?, to reply: inout Reply) {
        switch fault?.kind {
        case .wrongETag:
            for index in reply.headers.indices
            where ["etag", "x-linked-etag"].contains(reply.headers[index].0.lowercased()) {
                reply.headers[index].1 = fault?.etag ?? Self.otherETag(reply.headers[index].1)
            }
        case .headers:
            let gone = Set((fault?.remove ?? []).map { $0.lowercased() })
            let new = fault?.set ?? [:]
            let replaced = gone.union(new.keys.map { $0.lowercased() })
            reply.headers.removeAll { replaced.contains($0.0.lowercased()) }
            reply.headers += new.map { ($0.key, $0.value) }
        case .shortBody where fault?.honest == true:
            reply.body = reply.body.prefix(fault?.bytes ?? 0)
        case .rewrite:
            reply.body = reply.body.rewritten(fault?.pattern ?? "", with: fault?.with ?? "")
            reply.headers.removeAll { $0.0.lowercased() == "content-length" }
        default:
            break
        }
    }

    func send(_ reply: Reply, fault: Fault.Action?, to writer: consuming ResponseWriter) async throws {
        var head = HTTPResponse(status: .init(code: reply.status))
        for (name, value) in reply.headers {
            guard let name = HTTPField.Name(name) else { continue }
            head.headerFields.append(HTTPField(name: name, value: value))
        }
        if reply.status != 204, reply.status != 304, head.headerFields[.contentLength] == nil {
            head.headerFields[.contentLength] = String(reply.body.count)
        }
        if let name = HTTPField.Name("x-request-id") { head.headerFields[name] = requestID }
        var body = try await writer.writeHead(head)
        if !isHead {
            try await write(reply.body, fault: fault, to: &body)
        }
        // Before the end goes out, so that whoever has read the whole answer also finds it recorded.
        record.end(status: reply.status)
        try await body.finish(nil)
    }

    private func write(
        _ content: Reply.Body, fault: Fault.Action?, to writer: inout some ResponseBodyWriter
    ) async throws {
        let limit: Int? =
            switch fault?.kind {
            case .reset, .stall: fault?.afterResponseBytes
            case .shortBody where fault?.honest != true: fault?.bytes ?? 0
            default: nil
            }
        let piece = fault?.kind == .drip ? max(1, fault?.bytes ?? 1) : .max
        let corrupt = fault?.kind == .corruptBody ? fault?.offset ?? 0 : nil
        var position = 0
        for try await var chunk in content.chunks {
            if let limit, position + chunk.readableBytes > limit {
                chunk = chunk.getSlice(at: chunk.readerIndex, length: limit - position) ?? ByteBuffer()
                try await writer.write(chunk)
                record.count(response: chunk.readableBytes)
                try await pause(fault)
                throw fault?.kind == .shortBody ? ConnectionCut() : await cut(lingering: true)
            }
            if let corrupt, position <= corrupt, corrupt < position + chunk.readableBytes {
                let index = chunk.readerIndex + corrupt - position
                if let byte: UInt8 = chunk.getInteger(at: index) { chunk.setInteger(byte ^ 0x20, at: index) }
            }
            position += chunk.readableBytes
            while let part = chunk.readSlice(length: min(piece, chunk.readableBytes)), part.readableBytes > 0
            {
                try await writer.write(part)
                record.count(response: part.readableBytes)
                if piece < .max { try await Task.sleep(for: .seconds(fault?.every ?? 0.1)) }
            }
        }
    }

    /// Sends bytes past the HTTP encoder, then closes the connection. What it is to repeat, it repeats until the
    /// client hangs up.
    func sendRaw(_ fault: Fault.Action?) async -> ConnectionCut {
        do {
            try await write(raw: Self.decoded(fault?.raw))
            let again = Self.decoded(fault?.again)
            while again.readableBytes > 0 {
                if let seconds = fault?.every { try await Task.sleep(for: .seconds(seconds)) }
                try await write(raw: again)
            }
            if let seconds = fault?.seconds { try await Task.sleep(for: .seconds(seconds)) }
        } catch {}
        record.end(status: 0)
        try? await channel.close().get()
        return ConnectionCut()
    }

    private func write(raw bytes: ByteBuffer) async throws {
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            let written = channel.eventLoop.makePromise(of: Void.self)
            do {
                let encoder = try channel.pipeline.syncOperations.context(
                    handlerType: HTTPResponseEncoder.self)
                encoder.writeAndFlush(NIOAny(bytes), promise: written)
            } catch {
                written.fail(error)
            }
            return written.futureResult
        }.get()
        record.count(response: bytes.readableBytes)
    }

    private static func decoded(_ text: String?) -> ByteBuffer {
        ByteBuffer(bytes: text.flatMap { Data(base64Encoded: $0) } ?? Data())
    }

    /// Waits as long as a stall lasts.
    func pause(_ fault: Fault.Action?) async throws {
        guard fault?.kind == .stall else { return }
        try await Task.sleep(for: .seconds(fault?.seconds ?? 3600))
    }

    /// Closes the connection with a reset. `lingering` lets what was written reach the peer first.
    func cut(lingering: Bool = false) async -> ConnectionCut {
        if lingering { try? await Task.sleep(for: .milliseconds(100)) }
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.close().get()
        return ConnectionCut()
    }

    /// An ETag of the same form that belongs to something else.
    private static func otherETag(_ tag: String) -> String {
        String(
            tag.map { character in
                character.hexDigitValue.map { Character(String(15 - $0, radix: 16)) } ?? character
            })
    }
}

extension Reply.Body {
    func rewritten(_ pattern: String, with replacement: String) -> Reply.Body {
        guard case .bytes(let bytes) = self, let regex = try? FaultBook.regex(pattern) else { return self }
        let text = String(decoding: bytes, as: UTF8.self)
        return .bytes(Array(text.replacing(regex, with: replacement).utf8))
    }

    func prefix(_ count: Int) -> Reply.Body {
        switch self {
        case .bytes(let bytes): .bytes(Array(bytes.prefix(count)))
        case .file(let path, let range): .file(path: path, range: range.prefix(count))
        }
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> {
        lowerBound..<Swift.min(upperBound, lowerBound + Swift.max(0, count))
    }
}
