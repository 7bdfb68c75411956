import HTTPTypes

/// A request the Hub does not accept: the status, and what the body and the `X-Error-*` headers say.
struct Refusal: Error {
    var status: Int
    var message: String
    var code: String?
    var headers: [(String, String)]
    var body: JSON?

    init(
        _ status: Int, _ message: String, code: String? = nil, headers: [(String, String)] = [],
        body: JSON? = nil
    ) {
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers
        self.body = body
    }

    var reply: Reply {
        var reply = Reply.json(body ?? ["error": .string(message)], status: status)
        reply.headers.append(("X-Error-Message", message))
        if let code { reply.headers.append(("X-Error-Code", code)) }
        reply.headers += headers
        return reply
    }
}

/// What a route answers, before faults are applied to it.
struct Reply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case file(path: String, range: Range<Int>)

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, let range): range.count
            }
        }
    }

    var status: Int
    var headers: [(String, String)]
    var body: Body

    init(status: Int, headers: [(String, String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func json(_ value: JSON, status: Int = 200) -> Reply {
        Reply(
            status: status, headers: [("Content-Type", "application/json; charset=utf-8")],
            body: .bytes(value.bytes))
    }

    static func text(_ value: String, status: Int = 200) -> Reply {
        Reply(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")],
            body: .bytes(Array(value.utf8)))
    }

    /// The error form of the object store.
    static func xml(status: Int, code: String, message: String) -> Reply {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>\(code)</Code><Message>\(message)</Message></Error>
            """
        return Reply(
            status: status, headers: [("Content-Type", "application/xml")], body: .bytes(Array(text.utf8)))
    }

    /// The whole of `body`, or the part of it that `range` asks for.
    static func content(_ body: Body, etag: String, range: ByteRange?) -> Reply {
        let count = body.count
        var headers = [
            ("ETag", etag), ("Accept-Ranges", "bytes"), ("Content-Type", "application/octet-stream"),
        ]
        guard let range else { return Reply(status: 200, headers: headers, body: body) }
        guard let bounds = range.bounds(in: count) else {
            return Reply(status: 416, headers: [("Content-Range", "bytes */\(count)")])
        }
        headers.append(("Content-Range", "bytes \(bounds.lowerBound)-\(bounds.upperBound - 1)/\(count)"))
        let part: Body =
            switch body {
            case .bytes(let bytes): .bytes(Array(bytes[bounds]))
            case .file(let path, let whole):
                .file(
                    path: path,
                    range: whole.lowerBound + bounds.lowerBound..<whole.lowerBound + bounds.upperBound)
            }
        return Reply(status: 206, headers: headers, body: part)
    }
}
