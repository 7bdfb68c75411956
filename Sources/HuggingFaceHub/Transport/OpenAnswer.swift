import AsyncHTTPClient
import NIOCore

/// An answer whose body is still arriving.
struct OpenAnswer: Sendable {
    /// What was asked last, after redirects.
    let url: HubURL
    let status: Int
    let headers: HubHeaders
    let body: HTTPClientResponse.Body
    /// The most bytes that are held in memory.
    let limit: Int
    let request: HubError.Request
    let watch: TransferWatch

    /// Reads the body into memory.
    ///
    /// - Throws: `HubError` when it is larger than the limit, or what the connection fails with.
    func collect(limit: Int? = nil) async throws -> [UInt8] {
        let limit = limit ?? self.limit
        var bytes: [UInt8] = []
        for try await piece in body {
            watch.count(piece.readableBytes)
            guard bytes.count + piece.readableBytes <= limit else {
                throw HubError(
                    .badContent, "the answer is larger than \(limit) bytes", remedy: "check HF_ENDPOINT",
                    request: request)
            }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        if let announced = headers.contentLength, announced != bytes.count, request.method != "HEAD" {
            throw TransientFailure(
                error: HubError(
                    .unavailable, "the answer ends after \(bytes.count) of \(announced) bytes",
                    remedy: "run the command again", request: request))
        }
        return bytes
    }

    /// Reads what is left of a short body, so that the connection can be used again.
    func drain() async throws {
        var count = 0
        for try await piece in body {
            watch.count(piece.readableBytes)
            count += piece.readableBytes
            if count > 1 << 16 { break }
        }
    }
}
