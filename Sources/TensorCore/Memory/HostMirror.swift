/// What the host sees of device memory that a checkpoint stores.
///
/// If the device works in host memory, the mirror is that memory. Otherwise it is a copy that is undefined until
/// `synchronize` is called; call it before each read.
public protocol HostMirror: AnyObject, Sendable {
    /// The number of elements.
    var count: Int { get }
    /// Waits for the device and brings the host's copy up to date.
    func synchronize()
    /// The host's copy, as of the last `synchronize`.
    func withUnsafeValues<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result
}
