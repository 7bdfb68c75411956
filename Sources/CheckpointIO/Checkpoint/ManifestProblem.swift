public import JSONCore
public import Platform

/// Why a manifest, or a file against its manifest, is not acceptable.
public enum ManifestProblem: Sendable, Hashable {
    /// The manifest is not a JSON document.
    case notJSON(JSONError)
    /// The bytes are not the canonical spelling of the document.
    case notCanonical
    /// A member is not what it has to be.
    case invalidMember(String, expected: String)
    /// The manifest is of another format or of a later version.
    case unsupportedVersion(String)
    /// The manifest's own digest does not fit its content.
    case digestMismatch(expected: String, got: String)
    /// An entry names something else than a file of the directory.
    case unsafeName(String)
    /// No file is listed whose change would be found.
    case listsNothing
    /// A listed file is not there.
    case missingFile(String)
    /// A listed file has another size.
    case sizeMismatch(file: String, expected: Int, got: Int)
    /// A listed file has another content.
    case hashMismatch(file: String, expected: String, got: String)
}

extension ManifestProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .notJSON(let error): "not valid JSON: \(error)"
        case .notCanonical: "not spelled as it was written"
        case .invalidMember(let member, let expected): "\(member) is not \(expected)"
        case .unsupportedVersion(let found): "manifest of \(found), this program reads version 1"
        case .digestMismatch(let expected, let got): "the manifest's digest is \(got), it says \(expected)"
        case .unsafeName(let name): "lists \"\(name)\", which is not a plain file name"
        case .listsNothing: "lists no file that must not change, so that nothing can be verified"
        case .missingFile(let name): "\"\(name)\" is listed and missing"
        case .sizeMismatch(let file, let expected, let got):
            "\"\(file)\" has \(got) bytes where the manifest lists \(expected)"
        case .hashMismatch(let file, let expected, let got):
            "\"\(file)\" has the SHA-256 \(got) where the manifest lists \(expected)"
        }
    }

    public var remedy: String {
        switch self {
        case .unsupportedVersion: "use the version of apr that wrote it, or a later one"
        default: "the checkpoint was changed or damaged; use another one or fetch it again"
        }
    }
}
