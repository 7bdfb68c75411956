/// An `http` or `https` URL, split where this module has to decide by its parts.
package struct HubURL: Sendable, Hashable {
    /// `http` or `https`.
    package let scheme: String
    /// The host in lower case; an IPv6 address in its brackets.
    package let host: String
    /// The port, also where the text leaves it out.
    package let port: Int
    /// The path with its leading slash, as it stands in the text.
    package let path: String
    /// What follows the question mark, as it stands in the text.
    package let query: String?

    /// Reads an absolute URL; nil for anything else, and for one that carries a user or a password.
    package init?(_ text: String) {
        guard text.utf8.count <= 16_384, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https", text[colon...].hasPrefix("://") else { return nil }
        let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@"), let (host, port) = Self.hostAndPort(authority, scheme: scheme) else {
            return nil
        }
        let target = rest[authority.endIndex...]
        let path = target.prefix { $0 != "?" }
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path.isEmpty ? "/" : String(path)
        query = target.endIndex > path.endIndex ? String(target[path.endIndex...].dropFirst()) : nil
    }

    private init(scheme: String, host: String, port: Int, path: String, query: String?) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.query = query
    }

    /// The URL in full.
    package var text: String { origin + path + (query.map { "?" + $0 } ?? "") }

    /// Scheme, host and port.
    package var origin: String {
        let isDefault = port == Self.defaultPort(scheme)
        return "\(scheme)://\(host)" + (isDefault ? "" : ":\(port)")
    }

    /// Whether two URLs name the same server.
    package func hasSameOrigin(as other: HubURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is this machine.
    package var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The same server with another path and query.
    package func with(path: String, query: String? = nil) -> HubURL {
        HubURL(scheme: scheme, host: host, port: port, path: path, query: query)
    }

    /// What a redirect's `Location` means seen from here; nil when it is no URL.
    package func resolving(_ location: String) -> HubURL? {
        if let url = HubURL(location) { return url }
        if location.hasPrefix("//") { return HubURL(scheme + ":" + location) }
        guard !location.isEmpty, !location.contains("://") else { return nil }
        if location.hasPrefix("/") { return HubURL(origin + location) }
        let directory = path.prefix(
            upTo: path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.endIndex)
        return HubURL(origin + directory + location)
    }

    private static func hostAndPort(_ authority: Substring, scheme: String) -> (String, Int)? {
        let digits: Substring
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            digits = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            digits = authority[host.endIndex...]
        }
        guard !host.isEmpty else { return nil }
        if digits.isEmpty { return (host.lowercased(), defaultPort(scheme)) }
        guard digits.hasPrefix(":"), let port = UInt16(digits.dropFirst()), port > 0 else { return nil }
        return (host.lowercased(), Int(port))
    }

    private static func defaultPort(_ scheme: String) -> Int { scheme == "https" ? 443 : 80 }
}

/// Percent-encoding of parts of a path.
package enum URLText {
    /// A path with every segment encoded; slashes stay.
    package static func encodedPath(_ path: String) -> String { encoded(path, keeping: "/") }

    /// One segment of a path, slashes encoded as well.
    package static func encodedSegment(_ text: String) -> String { encoded(text, keeping: "") }

    private static func encoded(_ text: String, keeping kept: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                output.append(byte)
            case _ where kept.utf8.contains(byte): output.append(byte)
            default: output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
