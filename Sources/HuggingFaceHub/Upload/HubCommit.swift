import JSONCore

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
                let document = try? Self.document(answer, transport.describe(request))
                if let made = document?["commitOid"]?.string { return made }
                // The commit exists, whatever the answer contains.
                return try await info(commit.id, revision: commit.branch).commit
            } catch let failure as HubError where failure.isLostAnswer {
                isUncertain = true
                if let made = try await find(commit) { return made }
                guard repetition < configuration.retries.limit else { throw failure }
                try await transport.pause(for: TransientFailure(error: failure), repetition: repetition)
                repetition += 1
            } catch let failure as HubError where failure.kind == .conflict && isUncertain {
                // The first attempt took effect after the check.
                if let made = try await find(commit) { return made }
                throw failure
            }
        }
    }

    /// The commit at the head of its branch; nil when the branch still stands on the commit's parent.
    ///
    /// - Throws: `HubError` of kind `conflict` when somebody else's commit is there.
    private func find(_ commit: HubCommit) async throws -> String? {
        for look in 0..<Self.looksAtHead {
            let head = try await info(commit.id, revision: commit.branch)
            if head.commit != commit.parent {
                let isOurs = commit.changes.allSatisfy { change in
                    let file = head.file(change.file.path)
                    return file?.sha256 == change.file.sha256 || file?.gitHash == change.hash
                }
                if isOurs { return head.commit }
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
