import Crypto
import Foundation

/// The object ids of git, so that blobs, trees and commits have the ids they would have in a real repository.
enum GitObjects {
    static func id(_ kind: String, _ content: some DataProtocol) -> String {
        var hash = Insecure.SHA1()
        hash.update(data: Data("\(kind) \(content.count)\0".utf8))
        hash.update(data: content)
        return hex(hash.finalize())
    }

    /// The pointer file that stands for a large object.
    static func pointer(oid: String, size: Int) -> [UInt8] {
        Array("version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize \(size)\n".utf8)
    }

    /// The id of the tree that holds `files` (path to blob id), and those of all directories in it (path to id).
    static func tree(_ files: [String: String]) -> (id: String, directories: [String: String]) {
        var directories: [String: String] = [:]
        let id = subtree(at: "", files.map { (Array($0.key.split(separator: "/")), $0.value) }, &directories)
        return (id, directories)
    }

    private static func subtree(
        at prefix: String, _ files: [([Substring], String)], _ directories: inout [String: String]
    ) -> String {
        var entries: [(sortKey: String, mode: String, name: String, id: String)] = []
        for (name, group) in Dictionary(grouping: files, by: { $0.0[0] }) {
            let name = String(name)
            let nested = group.filter { $0.0.count > 1 }.map { (Array($0.0.dropFirst()), $0.1) }
            if nested.isEmpty {
                entries.append((name, "100644", name, group[0].1))
            } else {
                let path = prefix + name
                let id = subtree(at: path + "/", nested, &directories)
                directories[path] = id
                entries.append((name + "/", "40000", name, id))
            }
        }
        var content = Data()
        for entry in entries.sorted(by: { $0.sortKey.utf8.lexicographicallyPrecedes($1.sortKey.utf8) }) {
            content += Data("\(entry.mode) \(entry.name)\0".utf8)
            content += bytes(hex: entry.id)
        }
        return id("tree", content)
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func bytes(hex text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// Whether the text is `count` lower-case hexadecimal digits.
func isHex(_ text: String, count: Int) -> Bool {
    text.utf8.count == count
        && text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
}
