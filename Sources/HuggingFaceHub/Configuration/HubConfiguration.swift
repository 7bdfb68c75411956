/// How the Hub is reached.
public struct HubConfiguration: Sendable {
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
        proxies = try ProxySettings(environment)
        certificates = environment["SSL_CERT_FILE"] ?? environment["SSL_CERT_DIR"]
        downloadTimeout = environment.seconds("HF_HUB_DOWNLOAD_TIMEOUT") ?? 10
        answerTimeout = environment.seconds("HF_HUB_ETAG_TIMEOUT") ?? 60
        retries = RetryPolicy(firstDelay: environment.seconds("APR_HUB_RETRY_BASE_MS").map { $0 / 1000 } ?? 1)
    }
}
