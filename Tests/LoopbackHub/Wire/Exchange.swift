import HTTPTypes
import HummingbirdCore
import NIOCore

/// One request, and where the bytes of its body go to be counted.
struct Exchange: Sendable {
    let server: ServerName
    let request: Request
    let record: RecordHandle
    /// Set by the fault "Range ignored".
    let ignoresRange: Bool
    /// The path, split at "/" and then decoded, so that an encoded slash stays inside its component.
    let path: [String]
    let query: [(name: String, value: String)]

    init(server: ServerName, request: Request, record: RecordHandle, ignoresRange: Bool) {
        self.server = server
        self.request = request
        self.record = record
        self.ignoresRange = ignoresRange
        let target = request.head.path ?? "/"
        path = Self.components(target)
        query = Self.query(target)
    }

    var method: String { request.method.rawValue }
    var isHead: Bool { request.method == .head }
    var rawPath: String { String((request.head.path ?? "/").prefix { $0 != "?" }) }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }

    var flags: (String) -> Bool {
        { name in ["1", "true", "True"].contains(parameter(name) ?? "") }
    }

    var range: ByteRange? {
        ignoresRange ? nil : header("range").flatMap(ByteRange.init(header:))
    }

    /// The whole body.
    /// - Throws: `Refusal` (413) if it has more than `limit` bytes.
    func body(limit: Int = 64 << 20) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            record.count(request: buffer.readableBytes)
            guard bytes.count + buffer.readableBytes <= limit else {
                throw Refusal(413, "request entity too large")
            }
            bytes += buffer.readableBytesView
        }
        return bytes
    }

    /// The body as a JSON object.
    func object() async throws -> [String: JSON] {
        guard let media = header("content-type"), media.contains("json") else {
            throw Refusal(415, "Content-Type must be JSON")
        }
        guard let object = try await JSON(parsing: body()).object else {
            throw Refusal(400, "The request body must be a JSON object")
        }
        return object
    }

    static func components(_ target: String) -> [String] {
        target.prefix { $0 != "?" }.split(separator: "/").map { percentDecoded($0) }
    }

    static func query(_ target: String) -> [(name: String, value: String)] {
        guard let mark = target.firstIndex(of: "?") else { return [] }
        return form(target[target.index(after: mark)...])
    }

    /// `a=b&c=d`, as in a query or a form.
    static func form(_ text: some StringProtocol) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? String(sides[1].map { $0 == "+" ? " " : $0 }) : ""
            return (percentDecoded(sides[0]), percentDecoded(value))
        }
    }
}

/// The text without its percent escapes; a broken escape stays as it is.
func percentDecoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest.removeFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The text with everything escaped that is not unreserved; "/" is kept where `keepingSlashes`.
func percentEncoded(_ text: String, keepingSlashes: Bool = false) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        case UInt8(ascii: "/") where keepingSlashes:
            result += "/"
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            result += "%" + (hex.count == 1 ? "0" : "") + hex
        }
    }
    return result
}
