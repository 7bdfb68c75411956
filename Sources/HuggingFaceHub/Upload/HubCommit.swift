import JSONCore
import Platform

/// One commit: its changes and its parent.
struct HubCommit: Sendable {
    /// A file that the commit writes.
    struct Change: Sendable {
        let file: HubUploadFile
        /// Whether the content was stored beforehand.
        let isLarge: Bool
        /// The hash by which the Hub will know the content.
        let hash: String
    }

    let id: HubRepositoryID
    let branch: String
    /// The commit that must be the newest.
    let parent: String
    let summary: String
    let details: String
    let changes: [Change]
    /// All files that the branch holds afterwards, changed or not.
    let files: [HubUploadFile]

    /// The body of the request: one JSON object a line.
    func encoded() throws -> [UInt8] {
        let header: JSONValue = [
            "key": "header",
            "value": [
                "summary": .string(summary), "description": .string(details), "parentCommit": .string(parent),
            ],
        ]
        var body = Array(header.encoded().utf8) + [UInt8(ascii: "\n")]
        for change in changes {
            if change.isLarge {
                let line: JSONValue = [
                    "key": "lfsFile",
                    "value": [
                        "path": .string(change.file.path), "algo": "sha256",
                        "oid": .string(change.file.sha256),
                        "size": JSONValue(change.file.byteCount),
                    ],
                ]
                body += line.encoded().utf8
            } else {
                body += #"{"key":"file","value":{"content":""#.utf8
                body += Base64.encode(try change.file.content())
                body += #"","path":"#.utf8
                body += JSONValue.string(change.file.path).encoded().utf8
                body += #","encoding":"base64"}}"#.utf8
            }
            body.append(UInt8(ascii: "\n"))
        }
        return body
    }
}

extension HubClient {
    private static let looksAtHead = 4

    /// Makes a commit. If the answer is lost, the head of the branch is checked before the next attempt.
    ///
    /// - Returns: the new commit.
    /// - Throws: `HubError`: of kind `conflict` when the branch has moved.
    func make(_ commit: HubCommit) async throws -> String {
        var request = HubRequest(
            "POST", apiURL(commit.id, "/commit/\(URLText.encodedSegment(commit.branch))"))
        request.headers = [("content-type", "application/x-ndjson")]
        request.body = .bytes(try commit.encoded())
        request.isRepeatable = false
        var repetition = 0
        var isUncertain = false
        while true {
            do {
                let answer = try await transport.send(request)
                return try await result(of: commit, answer, transport.describe(request))
            } catch let failure as HubError where failure.isLostAnswer {
                isUncertain = true
                if let made = try await find(commit, named: nil) { return made }
                guard repetition < configuration.retries.limit else { throw failure }
                try await transport.pause(for: TransientFailure(error: failure), repetition: repetition)
                repetition += 1
            } catch let failure as HubError where failure.kind == .conflict && isUncertain {
                // The first attempt took effect after the check.
                if let made = try await find(commit, named: nil) { return made }
                throw failure
            }
        }
    }

    /// The commit that was made. What the answer says is not enough: the head of the branch has to show it.
    private func result(
        of commit: HubCommit, _ answer: HubAnswer, _ request: HubError.Request
    ) async throws -> String {
        let document = try? Self.document(answer, request)
        if document?["success"]?.bool == false {
            let reason = transport.quoted(document?["error"]?.string ?? "no reason given")
            throw HubError(
                .rejected, "the Hub did not make the commit: \(reason)", remedy: "see what the server says",
                request: request)
        }
        // A proxy or a login page may stand between: then the head alone counts.
        let named = document?["commitOid"]?.string.flatMap {
            Hexadecimal.isValid($0, digitCount: 40) ? $0 : nil
        }
        guard let made = try await find(commit, named: named) else {
            if named != nil { throw Self.notShown(commit.id) }
            throw Self.unexpected("a commit, and \(commit.id) shows none", request)
        }
        return made
    }

    /// The commit by which the head of the branch shows all files; nil when it still stands on the parent.
    ///
    /// - Parameter named: What the Hub called the commit, if it did.
    /// - Throws: `HubError` of kind `conflict` when somebody else's commit is there, and of kind `badContent` when the
    ///   Hub contradicts itself.
    private func find(_ commit: HubCommit, named: String?) async throws -> String? {
        for look in 0..<Self.looksAtHead {
            let head = try await info(commit.id, revision: commit.branch)
            let isShown = try commit.files.allSatisfy(head.shows)
            if isShown, named == nil || head.commit == named { return head.commit }
            if head.commit != commit.parent {
                // Somebody may have built upon ours in the meantime.
                if isShown, let named, let ours = try? await info(commit.id, revision: named),
                    ours.commit == named, try commit.files.allSatisfy(ours.shows)
                {
                    return named
                }
                guard named == nil else { throw Self.notShown(commit.id) }
                throw HubError(
                    .conflict, "the answer to the commit was lost, and \(commit.id) has another commit now",
                    remedy: "run the command again")
            }
            if look + 1 < Self.looksAtHead {
                try await Task.sleep(for: .seconds(configuration.retries.delay(before: look)))
            }
        }
        return nil
    }

    /// The Hub says that it has files which it does not show.
    static func notShown(_ id: HubRepositoryID) -> HubError {
        HubError(
            .badContent, "the Hub says that \(id) has the files, but does not show them there",
            remedy: "look at the repository, and run the command again")
    }
}

extension HubError {
    /// Whether the request may have taken effect although no answer says so.
    fileprivate var isLostAnswer: Bool {
        guard kind == .unavailable, let request else { return false }
        // Without a status the connection broke; a server or proxy in trouble may have done its work before.
        return request.status.map { $0 >= 500 || $0 == 408 } ?? true
    }
}

/// Bytes as text of 64 characters, RFC 4648.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text, padded to a multiple of four.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let word =
                UInt32(bytes[index]) << 16 | UInt32(left > 1 ? bytes[index + 1] : 0) << 8
                | UInt32(left > 2 ? bytes[index + 2] : 0)
            for position in 0..<4 {
                let digit = digits[Int(word >> (18 - 6 * UInt32(position)) & 63)]
                output.append(position <= left ? digit : UInt8(ascii: "="))
            }
            index += 3
        }
        return output
    }
}
