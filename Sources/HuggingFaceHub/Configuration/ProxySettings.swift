/// Which proxy carries a request, from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
struct ProxySettings: Sendable {
    /// One proxy.
    struct Proxy: Sendable, Hashable {
        let host: String
        let port: Int
        /// The value for `Proxy-Authorization: Basic`, decoded; nil without a user.
        let user: String?
        let password: String?
    }

    private var byScheme: [String: Proxy] = [:]
    private var exceptions: [String] = []

    /// - Throws: `HubError` for a proxy that is no URL.
    init(_ environment: HubEnvironment) throws {
        for scheme in ["http", "https"] {
            let names = ["\(scheme)_proxy", "\(scheme.uppercased())_PROXY", "all_proxy", "ALL_PROXY"]
            guard let name = names.first(where: { environment[$0] != nil }), let text = environment[name]
            else {
                continue
            }
            byScheme[scheme] = try Self.proxy(text, name: name)
        }
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        exceptions = list.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
    }

    /// The proxy for a URL; nil when it is reached directly, as this machine always is.
    func proxy(for url: HubURL) -> Proxy? {
        guard let proxy = byScheme[url.scheme], !url.isLoopback else { return nil }
        let isException = exceptions.contains { entry in
            if entry == "*" { return true }
            let parts = entry.split(separator: ":", maxSplits: 1)
            if !entry.hasPrefix("["), parts.count == 2, Int(parts[1]) != url.port { return false }
            guard let first = entry.hasPrefix("[") ? Substring(entry) : parts.first else { return false }
            let name = first.hasPrefix("*.") ? first.dropFirst(1) : first
            let suffix = name.hasPrefix(".") ? String(name) : "." + name
            return url.host == (name.hasPrefix(".") ? name.dropFirst() : name) || url.host.hasSuffix(suffix)
        }
        return isException ? nil : proxy
    }

    private static func proxy(_ text: String, name: String) throws -> Proxy {
        var rest = text
        var user: String?
        var password: String?
        let scheme = text.contains("://") ? String(text.prefix { $0 != ":" }) + "://" : "http://"
        if text.contains("://") { rest = String(text.dropFirst(scheme.count)) }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = decoded(parts[0])
            password = parts.count > 1 ? decoded(parts[1]) : ""
            rest = String(rest[rest.index(after: at)...])
        }
        // The proxy's own address may carry a password, so it is not repeated.
        guard scheme.lowercased() == "http://", let url = HubURL("http://" + rest) else {
            throw HubError.setting(
                "\(name) is not the URL of an HTTP proxy", remedy: "give http://HOST:PORT, or leave it out")
        }
        let hasPort = rest.prefix { $0 != "/" }.contains(":")
        return Proxy(host: url.host, port: hasPort ? url.port : 8080, user: user, password: password)
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
