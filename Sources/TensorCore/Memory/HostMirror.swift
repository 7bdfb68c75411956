/// What the host sees of device memory that a checkpoint stores.
///
/// Where the device works in host memory the mirror is that memory. Elsewhere it is a copy which is stale, and may
/// hold anything, until `synchronize` has been called; whoever reads it calls that first.
public protocol HostMirror: AnyObject, Sendable {
    /// The number of elements.
    var count: Int { get }
    /// Waits for the device and brings the host's copy up to date.
    func synchronize()
    /// The host's copy, as of the last `synchronize`.
    func withUnsafeValues<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result
}
