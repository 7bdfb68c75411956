/// The limits beyond which a reader refuses a file.
///
/// Real files stay far below: 33 metadata entries, a vocabulary of 256,000 and a few thousand tensors.
public struct GGUFLimits: Sendable {
    /// The most metadata entries.
    public var metadataCount: UInt64 = 65_536
    /// The most tensors.
    public var tensorCount: UInt64 = 1 << 20
    /// The longest metadata key, in bytes; the format's own limit.
    public var keyLength: UInt64 = 65_535
    /// The longest tensor name, in bytes.
    public var tensorNameLength: UInt64 = 1_024
    /// The longest text, in bytes.
    public var stringLength: UInt64 = 16 << 20
    /// The most elements of one array.
    public var arrayCount: UInt64 = 16 << 20
    /// The most levels of arrays in arrays.
    public var arrayDepth = 4
    /// The most bytes of metadata and tensor descriptions together.
    public var headerByteCount = 1 << 30

    /// The defaults.
    public init() {}
}
