/// The version of this program, for the files it writes.
public enum ProductVersion {
    /// The version (semantic versioning).
    public static let current = "0.1.0"
}

/// The version of the arithmetic of training: the order and precision of its operations.
///
/// Raise it with every change after which the same run has other bits. Runs of another version are resumed with a
/// warning.
enum ArithmeticVersion {
    static let current = 1
}
