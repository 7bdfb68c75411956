/// How far an import has come.
public struct ImportProgress: Sendable, Hashable {
    /// What is being done.
    public enum Phase: String, Sendable, Hashable {
        /// The source's checksum is computed.
        case hashing
        /// The weights are decoded and written.
        case converting
    }

    /// What is being done.
    public let phase: Phase
    /// The bytes of the source that this phase has dealt with.
    public let bytesDone: Int
    /// The bytes of the source that this phase deals with.
    public let bytesTotal: Int
}
