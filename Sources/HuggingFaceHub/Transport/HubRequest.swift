import NIOCore

/// One request to the Hub or to where it stores files.
struct HubRequest: Sendable {
    /// What is sent.
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        case slice(ContentSlice, progress: @Sendable (Int) -> Void)

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
