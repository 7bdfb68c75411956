import Diagnostics
import JSONCore

extension HubError {
    /// The error that an answer's status means.
    ///
    /// - Parameters:
    ///   - message: What the server says, fit to be printed.
    ///   - hasToken: Whether the request carried a token.
    static func answer(_ request: Request, status: Int, code: String?, message: String?, hasToken: Bool)
        -> HubError
    {
        func error(_ kind: Kind, _ fact: String, _ remedy: Message) -> HubError {
            HubError(kind, message.map { "\(fact): \($0)" } ?? fact, remedy: remedy, request: request)
        }
        switch status {
        case 401 where code == "RepoNotFound" || !hasToken:
            return error(
                .notPermitted,
                hasToken ? "no such repository, or the token does not show it" : "not signed in",
                "check the id, and give a token that may read it (HF_TOKEN or \(setting: .tokenFile))")
        case 401:
            return error(
                .notPermitted, "the token is not accepted",
                "make a new token at the Hub's settings, and give it by HF_TOKEN or \(setting: .tokenFile)")
        case 402, 403:
            return error(
                .notPermitted, code == "GatedRepo" ? "access must be asked for" : "not allowed",
                code == "GatedRepo"
                    ? "ask for access on the model's page, then try again"
                    : "use a token with the right to write to this repository")
        case 404:
            return error(
                .notFound, Self.notFoundFact(code),
                "check the id and the revision; a private one needs a token")
        case 409, 412:
            return error(.conflict, "the repository was changed in the meantime", "run the command again")
        case 413:
            return error(
                .rejected, "too large for the server", "publish smaller files, or ask the server's owner")
        case 416:
            return error(
                .badContent, "the server does not have the bytes it announced", "run the command again")
        case 429:
            return error(.unavailable, "too many requests", "wait a few minutes, then run the command again")
        case 400, 405, 411, 415, 422:
            return error(.rejected, "the server does not accept the request", "see what the server says")
        case 500...599:
            return error(
                .unavailable, "the server failed",
                "run the command again later; it continues where it stopped")
        default:
            return error(
                .unavailable, "unexpected answer", "check HF_ENDPOINT, and run the command again later")
        }
    }

    private static func notFoundFact(_ code: String?) -> String {
        switch code {
        case "RevisionNotFound": "there is no such revision"
        case "EntryNotFound": "there is no such file"
        default: "there is no such repository, or it is not shown to you"
        }
    }

    /// What a server says in an error's headers and body, as it says it.
    static func message(headers: HubHeaders, body: [UInt8]) -> String? {
        if let text = headers["x-error-message"], !text.isEmpty { return text }
        guard let document = try? JSONParser.parse(body, limits: JSONLimits(depth: 16, bytes: 1 << 20)) else {
            return nil
        }
        if let text = document["error"]?.string ?? document["message"]?.string { return text }
        let list = document["errors"]?.array ?? document["error"]?.array ?? []
        let texts = list.lazy.compactMap { $0["message"]?.string ?? $0.string }.prefix(10)
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}
