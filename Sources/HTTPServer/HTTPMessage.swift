/// A request whose last byte has arrived.
package struct HTTPRequest: Sendable {
    /// The method, in upper case.
    package let method: String
    /// The path without the query, as the client wrote it.
    package let path: String
    /// The body; empty if there is none.
    package let body: [UInt8]
    /// When the last byte arrived.
    package let arrival: ContinuousClock.Instant
    let headers: [(name: String, value: String)]

    /// The value of a header, whose name may have any case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }
}

/// An answer. The connection adds its length.
package struct HTTPResponse: Sendable {
    /// The status, from 200 to 599.
    package var status: Int
    /// The headers, without those of the connection.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: [UInt8]

    package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What one client may ask of the server.
package struct HTTPLimits: Sendable {
    /// The longest body that a request may have, in bytes.
    package var bodyByteCount: Int
    /// The longest body that the server reads and drops to answer that it is too long; beyond it, the connection ends.
    package var droppedByteCount = 64 << 20
    /// The most bytes of headers.
    package var headerByteCount = 64 << 10
    /// How long a request may take to arrive after its headers, in seconds.
    package var requestSeconds: Int64 = 30
    /// How long a connection may wait for the headers of a request, in seconds.
    package var idleSeconds: Int64 = 75

    package init(bodyByteCount: Int) { self.bodyByteCount = bodyByteCount }
}
