import NIOCore
import NIOHTTP1

/// One request to the Hub or to where it stores files.
struct HubRequest: Sendable {
    /// What is sent.
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        case slice(ContentSlice, progress: @Sendable (Int) -> Void)

        /// The number of bytes.
        var byteCount: Int {
            switch self {
            case .none: 0
            case .bytes(let buffer): buffer.readableBytes
            case .slice(let slice, _): slice.range.count
            }
        }

        /// A body of these bytes.
        static func bytes(_ bytes: some Sequence<UInt8>) -> Body { .bytes(ByteBuffer(bytes: bytes)) }
    }

    let method: String
    var url: HubURL
    var headers: [(name: String, value: String)] = []
    var body: Body = .none
    /// Whether the token may be sent, to the endpoint's own server alone.
    var isAuthorized = true
    /// Whether the request is idempotent.
    var isRepeatable = true
    /// Whether a downloaded file is answered, which then must not pause for long.
    var isDownload = false

    /// Whether the body is read while it is sent.
    var isStreamed: Bool { if case .slice = body { true } else { false } }

    init(_ method: String, _ url: HubURL) {
        self.method = method
        self.url = url
    }

    /// A request with a JSON body.
    static func json(_ method: String, _ url: HubURL, _ text: String, type: String = "application/json")
        -> HubRequest
    {
        var request = HubRequest(method, url)
        request.headers = [("content-type", type)]
        request.body = .bytes(text.utf8)
        return request
    }
}

/// An answer that was read to its end.
struct HubAnswer: Sendable {
    let status: Int
    let headers: HubHeaders
    let body: [UInt8]
}

/// The headers of an answer; names do not depend on case, and the first of a name counts.
struct HubHeaders: Sendable {
    private let fields: HTTPHeaders

    init(_ fields: HTTPHeaders) { self.fields = fields }

    /// The value of a header.
    subscript(name: String) -> String? { fields.first(name: name) }

    /// What names the content that was asked for: the large file's SHA-256, else a git hash.
    var etag: String? {
        guard var text = (self["x-linked-etag"] ?? self["etag"]).map({ Substring($0) }) else { return nil }
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        if text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count >= 2 {
            text = text.dropFirst().dropLast()
        }
        return String(text)
    }

    /// The announced length of the body.
    var contentLength: Int? { self["content-length"].flatMap { Int($0) } }

    /// The bytes that a partial answer holds, and the size of the whole: `bytes 0-9/100`.
    var contentRange: (range: Range<Int>, total: Int)? {
        guard let text = self["content-range"], text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        guard parts.count == 2, let total = Int(parts[1]) else { return nil }
        let ends = parts[0].split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1], ends[1] < total else { return nil }
        return (ends[0]..<ends[1] + 1, total)
    }
}
