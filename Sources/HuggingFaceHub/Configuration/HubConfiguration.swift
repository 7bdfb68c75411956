import HuggingFaceCache
import Platform

/// How the Hub is reached.
public struct HubConfiguration: Sendable {
    /// A day, in seconds.
    public static let defaultTimeout = 86_400
    /// In bytes a second.
    public static let defaultMinRate = 1000

    /// The server.
    public var endpoint: HubEndpoint
    /// The access token; nil for anonymous access.
    public var token: HubToken?
    /// Where downloads are kept.
    public var cacheDirectory: String
    /// Whether the network must not be used.
    public var isOffline: Bool
    /// Sent as `User-Agent`.
    public var userAgent: String
    /// How long one task may take in all, in seconds; nil sets no limit.
    public var timeout: Int?
    /// The least bytes a second while something is sent or received, as a mean over twice the time that an answer may
    /// take; 0 sets no limit.
    public var minRate: Int
    /// The proxies.
    var proxies: ProxySettings
    /// A file or directory of certificates to trust instead of the system's.
    var certificates: String?
    /// The read timeout of downloads, in seconds.
    var downloadTimeout: Double
    /// The read timeout of other requests, in seconds.
    var answerTimeout: Double
    /// How often and after which time a request is repeated.
    var retries: RetryPolicy
    /// The most repetitions of one request.
    public var repetitions: Int {
        get { retries.limit }
        set { retries.limit = newValue }
    }

    /// The configuration that the environment asks for, as huggingface_hub reads it.
    ///
    /// - Parameters:
    ///   - tokenFile: A file with the token; nil looks for one.
    ///   - allowsInsecureEndpoint: Whether plain HTTP is accepted for another machine than this one.
    ///   - userAgent: The `User-Agent` to send.
    /// - Throws: `HubError` for settings that cannot be.
    public init(
        environment: HubEnvironment = .process, tokenFile: String? = nil,
        allowsInsecureEndpoint: Bool = false,
        userAgent: String
    ) throws {
        endpoint = try HubEndpoint(
            environment["HF_ENDPOINT"] ?? HubEndpoint.defaultText, allowsInsecure: allowsInsecureEndpoint)
        token = try HubToken.find(file: tokenFile, in: environment)
        guard let cache = environment.cache else {
            throw HubError.setting("there is no home directory", remedy: "set HF_HOME to a directory")
        }
        cacheDirectory = cache
        isOffline = environment.isSet("HF_HUB_OFFLINE") || environment.isSet("TRANSFORMERS_OFFLINE")
        self.userAgent = userAgent
        timeout = Self.defaultTimeout
        minRate = Self.defaultMinRate
        proxies = try ProxySettings(environment)
        certificates = environment["SSL_CERT_FILE"] ?? environment["SSL_CERT_DIR"]
        downloadTimeout = environment.seconds("HF_HUB_DOWNLOAD_TIMEOUT") ?? 10
        answerTimeout = environment.seconds("HF_HUB_ETAG_TIMEOUT") ?? 60
        retries = RetryPolicy(firstDelay: environment.seconds("APR_HUB_RETRY_BASE_MS").map { $0 / 1000 } ?? 1)
    }
}

/// The environment's variables by which HuggingFace's tools are configured.
public struct HubEnvironment: Sendable {
    /// The variables of this process.
    public static let process = HubEnvironment { name in getenv(name).map { String(cString: $0) } }

    private let lookup: @Sendable (String) -> String?

    /// An environment of your own.
    public init(_ lookup: @escaping @Sendable (String) -> String?) { self.lookup = lookup }

    /// A variable; nil when it is not there or empty.
    subscript(name: String) -> String? { lookup(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether a variable says yes in the words that huggingface_hub takes.
    func isSet(_ name: String) -> Bool {
        ["1", "ON", "YES", "TRUE"].contains(self[name]?.uppercased() ?? "")
    }

    /// A variable that is a number of seconds above 0.
    func seconds(_ name: String) -> Double? {
        self[name].flatMap { Double($0) }.flatMap { $0.isFinite && $0 > 0 && $0 < 1e6 ? $0 : nil }
    }

    /// `$HF_HOME`, or where it is by default; nil without a home.
    public var home: String? { HubCache.home(in: lookup) }

    /// Where downloads are kept: `$HF_HUB_CACHE`, else `$HF_HOME/hub`; nil without a home.
    public var cache: String? { HubCache(in: lookup)?.directory }
}
