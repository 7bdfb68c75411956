/// The id of a model on the Hub: `ORG/NAME`.
public struct HubRepositoryID: Sendable, Hashable, CustomStringConvertible {
    private static let lengthLimit = 96

    /// The user or organisation.
    public let namespace: String
    /// The model's name.
    public let name: String

    /// The id as it is written.
    public var description: String { "\(namespace)/\(name)" }

    /// Reads an id by the Hub's rules.
    ///
    /// - Throws: `HubError` saying which rule is broken.
    public init(_ text: String) throws {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw Self.refusal(text, "needs the form ORG/NAME")
        }
        for part in parts {
            guard !part.isEmpty, part.utf8.count <= Self.lengthLimit else {
                throw Self.refusal(text, "each part has 1 to \(Self.lengthLimit) characters")
            }
            guard part.utf8.allSatisfy(Self.isAllowed) else {
                throw Self.refusal(text, "only letters, digits, '-', '_' and '.' are allowed")
            }
            guard let first = part.utf8.first, let last = part.utf8.last, Self.isWord(first),
                Self.isWord(last)
            else { throw Self.refusal(text, "no part may begin or end with '-' or '.'") }
            guard !part.contains("--"), !part.contains("..") else {
                throw Self.refusal(text, "'--' and '..' are not allowed")
            }
        }
        guard !parts[1].hasSuffix(".git"), !parts[1].hasSuffix(".ipynb") else {
            throw Self.refusal(text, "the name may not end with .git or .ipynb")
        }
        namespace = parts[0]
        name = parts[1]
    }

    /// The id as it stands in paths.
    var path: String { description }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isWord(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func refusal(_ text: String, _ rule: String) -> HubError {
        HubError.usage(
            "\"\(HubError.printable(text))\" is not a repository id: \(rule)",
            remedy: "give one such as my-name/my-classifier")
    }
}

/// A model and, where given, a revision of it: `ORG/NAME[@REV]`.
public struct HubReference: Sendable, Hashable, CustomStringConvertible {
    /// The model.
    public let id: HubRepositoryID
    /// A branch, tag or commit; nil means the main branch.
    public let revision: String?

    /// A reference of known parts.
    ///
    /// - Throws: `HubError` for a revision that cannot be one.
    public init(id: HubRepositoryID, revision: String?) throws {
        if let revision { try Self.check(revision) }
        self.id = id
        self.revision = revision
    }

    /// Reads a reference.
    ///
    /// - Throws: `HubError` saying what is wrong.
    public init(_ text: String) throws {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        try self.init(
            id: HubRepositoryID(String(parts[0])), revision: parts.count > 1 ? String(parts[1]) : nil)
    }

    /// The reference as it is written.
    public var description: String { id.description + (revision.map { "@" + $0 } ?? "") }

    /// Refuses what git would not take as a name, and what would leave the folder of references.
    static func check(_ revision: String) throws {
        let parts = revision.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain =
            revision.utf8.count <= 200
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".") && !part.hasSuffix(".lock") && !part.contains("..")
                    && part.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"~^:?*[\@"#.utf8.contains($0) }
            }
        guard isPlain else {
            throw HubError.usage(
                "\"\(HubError.printable(revision))\" is not a revision",
                remedy: "give a branch, a tag or a commit")
        }
    }
}
