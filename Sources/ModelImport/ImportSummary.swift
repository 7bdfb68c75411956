/// What an import has made.
public struct ImportSummary: Sendable, Hashable {
    /// The directory that was written.
    public let directory: String
    /// The model's family.
    public let architecture: ImportArchitecture
    /// The precision of the written weights.
    public let dtype: ImportDType
    /// The number of weights.
    public let parameterCount: Int
    /// The number of tensors written.
    public let tensorCount: Int
    /// The number of tensors of each stored type, by the type's name.
    public let tensorTypes: [String: Int]
    /// The size of the source in bytes.
    public let sourceByteCount: Int
    /// The SHA-256 of the source, in lower-case hexadecimal digits.
    public let sourceSHA256: String
    /// The names of the files written, in the order of writing.
    public let files: [String]
    /// What the user should know.
    public let warnings: [String]
}
