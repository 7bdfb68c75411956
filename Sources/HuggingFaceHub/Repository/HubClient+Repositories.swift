import JSONCore

extension HubClient {
    /// The most messages about a model card that are shown.
    private static let cardMessages = 10

    /// Creates a repository; one that exists already is left as it is.
    ///
    /// - Returns: whether it is new.
    /// - Throws: `HubError`.
    func createRepository(_ id: HubRepositoryID, isPrivate: Bool) async throws -> Bool {
        let body: JSONValue = [
            "name": .string(id.name), "organization": .string(id.namespace),
            "visibility": .string(isPrivate ? "private" : "public"),
        ]
        let request = HubRequest.json("POST", endpoint.url("/api/repos/create"), body.encoded())
        do {
            let answer = try await transport.send(request, accepting: [409])
            let document = try Self.document(answer, transport.describe(request))
            // The repository exists only if the answer names its URL.
            guard document["url"]?.string != nil else {
                guard answer.status == 409 else {
                    throw Self.unexpected("the repository's URL", transport.describe(request))
                }
                throw HubError.answer(
                    transport.describe(request), status: 409, code: nil,
                    message: transport.message(answer.headers, answer.body), hasToken: true)
            }
            return answer.status != 409
        } catch let error as HubError where error.kind == .notPermitted {
            // A token without the right to create may still write to an existing repository.
            guard (try? await info(id)) != nil else { throw error }
            return false
        }
    }

    /// Makes a branch that starts where the main branch is.
    func createBranch(_ name: String, in id: HubRepositoryID) async throws {
        let request = HubRequest.json("POST", apiURL(id, "/branch/\(URLText.encodedSegment(name))"), "{}")
        _ = try await transport.send(request, accepting: [409])
    }

    /// Lets the Hub check a model card.
    ///
    /// - Returns: warnings.
    /// - Throws: `HubError` with everything that is wrong with it.
    func validateCard(_ text: String) async throws -> [String] {
        let body: JSONValue = ["content": .string(text), "repoType": "model"]
        let request = HubRequest.json("POST", endpoint.url("/api/validate-yaml"), body.encoded())
        let answer = try await transport.send(request, accepting: [400, 422])
        let described = transport.describe(request)
        let document = try Self.document(answer, described)
        func messages(_ key: String) -> [String] {
            (document[key]?.array ?? []).lazy.compactMap { $0["message"]?.string ?? $0.string }
                .prefix(Self.cardMessages).map { transport.quoted($0) }
        }
        let errors = messages("errors")
        guard errors.isEmpty, answer.status < 400 else {
            throw HubError(
                .rejected,
                "the Hub does not accept the model card: \(errors.isEmpty ? "no reason given" : errors.joined(separator: "; "))",
                remedy: "correct the lines between the two --- of README.md", request: described)
        }
        return messages("warnings")
    }
}
