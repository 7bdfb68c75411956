/// The version of this program, as it stands in the files it writes.
public enum ProductVersion {
    /// The version by the rules of semantic versioning.
    public static let current = "0.1.0"
}
