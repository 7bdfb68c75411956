/// The version of this program, for the files it writes.
public enum ProductVersion {
    /// The version (semantic versioning).
    public static let current = "0.1.0"
}
