public import Diagnostics
import Platform

/// What went wrong with the Hub: which request, what came back, and what to do about it.
///
/// The description reads "request: fact; remedy". It never holds a token or a signed URL's query.
public struct HubError: Error, Sendable, Hashable {
    /// What kind of failure it is, by what a caller can do about it.
    public enum Kind: Sendable, Hashable {
        /// An argument is not what it has to be.
        case usage
        /// A setting of the environment is not what it has to be.
        case setting
        /// There is no token, or it does not allow what was asked.
        case notPermitted
        /// There is no such repository, revision or file, or it is not shown to this user.
        case notFound
        /// Somebody else changed the repository in the meantime.
        case conflict
        /// The server does not accept the content.
        case rejected
        /// The server sent something else than it announced.
        case badContent
        /// The server cannot be reached, or not now.
        case unavailable
    }

    /// A request that was made.
    public struct Request: Sendable, Hashable {
        /// The method.
        public let method: String
        /// The path, with the host in front where it is not the endpoint's; never a query.
        public let path: String
        /// The answer's status, where there was one.
        public let status: Int?
        /// The server's name for the request, for its support.
        public let id: String?
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What happened.
    public let fact: String
    /// What the user can do about it.
    public let remedy: Message
    /// The request, where there was one.
    public let request: Request?

    init(_ kind: Kind, _ fact: String, remedy: Message, request: Request? = nil) {
        self.kind = kind
        self.fact = fact
        self.remedy = remedy
        self.request = request
    }

    init(_ kind: Kind, _ fact: String, remedy: String, request: Request? = nil) {
        self.init(kind, fact, remedy: Message(remedy), request: request)
    }

    static func usage(_ fact: String, remedy: String) -> HubError { HubError(.usage, fact, remedy: remedy) }
    static func setting(_ fact: String, remedy: String) -> HubError {
        HubError(.setting, fact, remedy: remedy)
    }
    static func token(_ fact: String, remedy: String) -> HubError {
        HubError(.notPermitted, fact, remedy: remedy)
    }

    /// Nothing may use the network.
    static func offline(_ what: String) -> HubError {
        HubError(
            .unavailable, "\(what) needs the network, and HF_HUB_OFFLINE is set",
            remedy: "unset HF_HUB_OFFLINE, or fetch it once beforehand with apr pull")
    }

    /// A text from elsewhere as it may stand in a message: one line of bounded length, with what a terminal would obey
    /// spelled out.
    static func printable(_ text: String, limit: Int = 300) -> String {
        var line = ""
        var count = 0
        for scalar in text.unicodeScalars {
            let piece = printable(scalar)
            count += piece.utf8.count == 1 ? 1 : piece.unicodeScalars.count
            guard count <= limit else { return line + "…" }
            line += piece
        }
        return line
    }

    private static func printable(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control where scalar == "\n" || scalar == "\r" || scalar == "\t": " "
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default: String(scalar)
        }
    }

    /// The same error with a placeholder where the token was.
    func without(_ token: HubToken) -> HubError {
        HubError(
            kind, token.redacting(fact), remedy: remedy,
            request: request.map { request in
                Request(
                    method: request.method, path: token.redacting(request.path), status: request.status,
                    id: request.id.map(token.redacting))
            })
    }
}

extension HubError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        guard let request else { return "\(fact); \(remedy)" }
        var text = "\(request.method) \(request.path): "
        if let status = request.status { text += "status \(status), " }
        text += fact
        if let id = request.id { text += " (request id \(id))" }
        return "\(text); \(remedy)"
    }
}
