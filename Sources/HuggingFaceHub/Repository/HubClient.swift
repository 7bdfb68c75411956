/// Talks to the Hub: one object for one task, closed at its end.
public final class HubClient: Sendable {
    let transport: HubTransport

    private init(_ transport: HubTransport) { self.transport = transport }

    /// Lends a client that is closed afterwards.
    ///
    /// - Parameter onEvent: Receives progress and waits, from any thread.
    /// - Throws: what the body throws.
    public static func with<Result: Sendable>(
        _ configuration: HubConfiguration, onEvent: @escaping HubEventHandler = { _ in },
        _ body: (HubClient) async throws -> Result
    ) async throws -> Result {
        let transport = HubTransport(configuration: configuration, onEvent: onEvent)
        do {
            let result = try await body(HubClient(transport))
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    /// How the Hub is reached.
    public var configuration: HubConfiguration { transport.configuration }

    var endpoint: HubEndpoint { configuration.endpoint }

    /// Refuses to go on where the network is not to be used.
    func requireNetwork(for what: String) throws {
        if configuration.isOffline { throw HubError.offline(what) }
    }

    /// A file's content as it stands at a revision; nil when there is no such file.
    ///
    /// - Parameter limit: The most bytes that are accepted.
    /// - Throws: `HubError`.
    public func content(of path: String, in id: HubRepositoryID, revision: String, limit: Int) async throws
        -> [UInt8]?
    {
        try requireNetwork(for: "\(id)")
        let request = HubRequest("GET", resolveURL(id, revision: revision, path: path))
        return try await transport.repeating(request) {
            try await self.transport.exchange(request, accepting: [404]) { answer -> [UInt8]? in
                answer.status == 404 ? nil : try await answer.collect(limit: limit)
            }
        }
    }

    func resolveURL(_ id: HubRepositoryID, revision: String, path: String) -> HubURL {
        endpoint.url(
            "/\(id.path)/resolve/\(URLText.encodedSegment(revision))/\(URLText.encodedPath(path))")
    }

    func apiURL(_ id: HubRepositoryID, _ rest: String, query: String? = nil) -> HubURL {
        endpoint.url("/api/models/\(id.path)\(rest)", query: query)
    }
}
