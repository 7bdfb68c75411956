/// Talks to the Hub: one object for one task, closed at its end.
public final class HubClient: Sendable {
    let transport: HubTransport

    private init(_ transport: HubTransport) { self.transport = transport }

    /// Lends a client that is closed afterwards.
    ///
    /// The body is cancelled when it takes longer, or goes slower, than the configuration allows.
    ///
    /// - Parameter onEvent: Receives progress and waits, from any thread.
    /// - Throws: what the body throws, or `HubError` when it is cancelled for that.
    public static func with<Result: Sendable>(
        _ configuration: HubConfiguration, onEvent: @escaping HubEventHandler = { _ in },
        _ body: @escaping @Sendable (HubClient) async throws -> Result
    ) async throws -> Result {
        let transport = HubTransport(configuration: configuration, onEvent: onEvent)
        do {
            let result = try await watched(HubClient(transport), body)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw transport.withoutToken(error)
        }
    }

    private static func watched<Result: Sendable>(
        _ client: HubClient, _ body: @escaping @Sendable (HubClient) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body(client) }
            group.addTask {
                try await client.transport.watch.run(client.configuration)
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
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
    /// - Throws: `HubError`, also for content without the hash that the Hub names.
    public func content(of path: String, in id: HubRepositoryID, revision: String, limit: Int) async throws
        -> [UInt8]?
    {
        try requireNetwork(for: "\(id)")
        let info = try await self.info(id, revision: revision)
        guard let file = info.file(path) else { return nil }
        let request = HubRequest("GET", resolveURL(id, revision: info.commit, path: path))
        let content = try await transport.repeating(request) {
            try await self.transport.exchange(request) { try await $0.collect(limit: limit) }
        }
        guard let name = file.blobName, BlobHash.text(of: content, as: name) == name else {
            throw Self.unexpected("the content of \(path) that the Hub names", transport.describe(request))
        }
        return content
    }

    func resolveURL(_ id: HubRepositoryID, revision: String, path: String) -> HubURL {
        endpoint.url(
            "/\(id.path)/resolve/\(URLText.encodedSegment(revision))/\(URLText.encodedPath(path))")
    }

    func apiURL(_ id: HubRepositoryID, _ rest: String, query: String? = nil) -> HubURL {
        endpoint.url("/api/models/\(id.path)\(rest)", query: query)
    }
}
