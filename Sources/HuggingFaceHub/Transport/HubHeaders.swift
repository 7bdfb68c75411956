import NIOHTTP1

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
