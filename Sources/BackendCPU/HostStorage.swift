import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Floats in host memory, aligned to a cache line.
final class HostStorage: Storage, @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>

    init(allocating count: Int) throws(BackendError) {
        var memory: UnsafeMutableRawPointer?
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        guard posix_memalign(&memory, 64, bytes) == 0, let memory else {
            throw BackendError.outOfMemory(bytes: bytes)
        }
        base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        super.init(count: count)
    }

    deinit { free(base) }
}

/// The host's view of host memory: the memory itself, always up to date.
final class SharedHostMirror: HostMirror {
    private let tensor: Tensor

    init(of tensor: Tensor) { self.tensor = tensor }

    var count: Int { tensor.count }

    func synchronize() {}

    func withUnsafeValues<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(tensor.storage) {
            try body(UnsafeBufferPointer(start: tensor.base, count: tensor.count))
        }
    }
}

extension Tensor {
    /// The first element in host memory.
    ///
    /// - Precondition: the tensor belongs to this backend.
    var base: UnsafeMutablePointer<Float> {
        guard let storage = storage as? HostStorage else {
            preconditionFailure("a tensor of another backend reached the CPU")
        }
        return storage.base + offset
    }

    /// The first element of a row.
    func row(_ index: Int) -> UnsafeMutablePointer<Float> { base + index * rowStride }
}
