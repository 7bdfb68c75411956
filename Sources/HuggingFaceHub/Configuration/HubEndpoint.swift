import Diagnostics

/// The Hub's server: https://huggingface.co unless `HF_ENDPOINT` says otherwise.
public struct HubEndpoint: Sendable, Hashable {
    /// The Hub itself.
    public static let defaultText = "https://huggingface.co"

    package let url: HubURL

    /// Reads an endpoint's URL.
    ///
    /// - Parameters:
    ///   - text: Such as `https://huggingface.co`; trailing slashes are ignored.
    ///   - allowsInsecure: Whether plain HTTP is accepted for another machine than this one.
    /// - Throws: `HubError` when it is no URL, or its transport is not safe enough for a token.
    public init(_ text: String = HubEndpoint.defaultText, allowsInsecure: Bool = false) throws {
        var trimmed = Substring(text)
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard let url = HubURL(String(trimmed)), url.query == nil else {
            throw HubError.setting(
                "HF_ENDPOINT is not a URL", remedy: "give scheme and host, as in https://huggingface.co")
        }
        guard url.scheme == "https" || url.isLoopback || allowsInsecure else {
            throw HubError(
                .setting,
                "\(url.origin) is plain HTTP: anyone on the network path could read the token",
                remedy: "use https, or allow it with \(setting: .insecureEndpoint)")
        }
        self.url = url
    }

    /// The URL of a path on the server; the path is encoded already.
    package func url(_ path: String, query: String? = nil) -> HubURL {
        url.with(path: (url.path == "/" ? "" : url.path) + path, query: query)
    }

    /// Whether the server may send us to a URL: not from elsewhere to this machine, and not from a safe transport to
    /// plain HTTP.
    func mayLead(to target: HubURL) -> Bool {
        if target.isLoopback { return url.isLoopback }
        return target.scheme == "https" || url.scheme == "http" && !url.isLoopback
    }

    /// Where a person finds a page.
    public func page(_ path: String) -> String { url("/" + path).text }
}
