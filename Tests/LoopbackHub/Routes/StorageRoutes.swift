import Crypto
import Foundation
import HummingbirdCore
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The object store: a host of its own, which knows signatures and no tokens.
struct StorageRoutes: Sendable {
    let store: ObjectStore
    let signatures: Signatures

    func answer(_ exchange: Exchange) async throws -> Reply {
        guard exchange.header("authorization") == nil else {
            return .xml(
                status: 400, code: "InvalidArgument",
                message:
                    "Only one auth mechanism allowed: the signature in the address or the Authorization header"
            )
        }
        guard exchange.path.count == 3, exchange.path[0] == "repos" else {
            return .xml(status: 404, code: "NoSuchKey", message: "The specified key does not exist.")
        }
        let signed = exchange.isHead ? "GET" : exchange.method
        do {
            try signatures.check(method: signed, path: exchange.rawPath, query: exchange.query)
        } catch let refusal as Refusal {
            return .xml(status: refusal.status, code: refusal.message, message: "The signature is not valid.")
        }
        let key = exchange.path[1] + "/" + exchange.path[2]
        switch exchange.method {
        case "GET", "HEAD":
            guard let object = await store.objects[key] else {
                return .xml(status: 404, code: "NoSuchKey", message: "The specified key does not exist.")
            }
            return .content(
                .file(path: object.path, range: 0..<object.size), etag: object.etag, range: exchange.range)
        case "PUT":
            return try await put(exchange, key)
        default:
            return .xml(status: 405, code: "MethodNotAllowed", message: "The method is not allowed here.")
        }
    }

    private func put(_ exchange: Exchange, _ key: String) async throws -> Reply {
        guard let length = exchange.header("content-length").flatMap({ Int($0) }) else {
            return .xml(
                status: 501, code: "NotImplemented",
                message: "Transfer-Encoding needs functionality not here.")
        }
        if let id = exchange.parameter("uploadId"),
            let part = exchange.parameter("partNumber").flatMap({ Int($0) })
        {
            guard let upload = await store.uploads[id], (1...upload.partCount).contains(part) else {
                return .xml(status: 404, code: "NoSuchUpload", message: "The upload does not exist.")
            }
            guard length == upload.length(of: part) else {
                return .xml(status: 400, code: "EntityTooSmall", message: "The part has the wrong size.")
            }
            let written = try await write(
                exchange, to: upload.path, at: (part - 1) * upload.partSize, hashing: false)
            guard written.size == length else { return Self.incomplete }
            await store.setETag(written.etag, part: part, upload: id)
            return Reply(status: 200, headers: [("ETag", written.etag)])
        }
        let path = store.newPath()
        do {
            let written = try await write(exchange, to: path, at: 0, hashing: true)
            guard written.size == length else {
                unlink(path)
                return Self.incomplete
            }
            await store.put(written, key: key)
            return Reply(status: 200, headers: [("ETag", written.etag)])
        } catch {
            unlink(path)
            throw error
        }
    }

    private static let incomplete = Reply.xml(
        status: 400, code: "IncompleteBody", message: "The body is shorter than its Content-Length.")

    /// Streams the body to `offset` of the file. The SHA-256 is taken on the way only where `hashing`.
    private func write(
        _ exchange: Exchange, to path: String, at offset: Int, hashing: Bool
    ) async throws -> ObjectStore.Object {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Refusal(500, "the object cannot be stored") }
        defer { close(descriptor) }
        var size = 0
        var sha256 = SHA256()
        var md5 = Insecure.MD5()
        for try await buffer in exchange.request.body {
            exchange.record.count(request: buffer.readableBytes)
            try buffer.withUnsafeReadableBytes { bytes in
                if hashing { sha256.update(bufferPointer: bytes) }
                md5.update(bufferPointer: bytes)
                var rest = bytes
                while !rest.isEmpty {
                    let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + size))
                    guard count > 0 else { throw Refusal(500, "the object cannot be stored") }
                    size += count
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                }
            }
        }
        return ObjectStore.Object(
            path: path, size: size, sha256: hashing ? hex(sha256.finalize()) : "",
            etag: "\"\(hex(md5.finalize()))\"")
    }
}
