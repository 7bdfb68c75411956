import Crypto
import Foundation

/// Signs the addresses of the object store: whoever holds one needs no token, for this method and object, for an hour.
struct Signatures: Sendable {
    private let key = SymmetricKey(size: .bits256)

    func query(method: String, path: String, parameters: [(String, String)] = [], seconds: Int) -> String {
        var all = parameters
        all.append(("X-Amz-Algorithm", "LOOPBACK-HMAC-SHA256"))
        all.append(("X-Amz-Expires", String(Int(Date().timeIntervalSince1970) + seconds)))
        let signature = sign(method, path, all)
        all.append(("X-Amz-Signature", signature))
        return all.map { "\($0.0)=\(percentEncoded($0.1))" }.joined(separator: "&")
    }

    /// - Throws: `Refusal` (403) if the query does not carry this server's signature, or one that has expired.
    func check(method: String, path: String, query: [(name: String, value: String)]) throws {
        guard let given = query.first(where: { $0.name == "X-Amz-Signature" })?.value,
            let expires = query.first(where: { $0.name == "X-Amz-Expires" }).flatMap({ Int($0.value) })
        else { throw Refusal(403, "AccessDenied") }
        let signed = query.filter { $0.name != "X-Amz-Signature" }.map { ($0.name, $0.value) }
        guard sign(method, path, signed) == given else { throw Refusal(403, "SignatureDoesNotMatch") }
        guard expires > Int(Date().timeIntervalSince1970) else { throw Refusal(403, "Request has expired") }
    }

    private func sign(_ method: String, _ path: String, _ parameters: [(String, String)]) -> String {
        let text = ([method, path] + parameters.map { "\($0.0)=\($0.1)" }.sorted()).joined(separator: "\n")
        return hex(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }
}
