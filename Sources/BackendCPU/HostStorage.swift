import CPUKernels
import TensorCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Floats in host memory: its own, aligned to a cache line, or weights that another object owns and nobody writes.
final class HostStorage: Storage, @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    private let owner: (any AnyObject & Sendable)?

    init(allocating count: Int) throws(BackendError) {
        var memory: UnsafeMutableRawPointer?
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        guard posix_memalign(&memory, bytes >= 8 << 20 ? 2 << 20 : 64, bytes) == 0, let memory else {
            throw BackendError.outOfMemory(bytes: bytes)
        }
        #if os(Linux)
            // Fewer page faults and address translations; where the system says no, nothing is lost.
            if bytes >= 8 << 20 { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
        #endif
        base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        owner = nil
        super.init(count: count)
    }

    init(sharing start: UnsafeRawPointer, count: Int, owner: any AnyObject & Sendable) {
        base = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: Float.self))
        self.owner = owner
        super.init(count: count)
    }

    deinit { if owner == nil { free(base) } }
}

/// Weights of 16 bits where they lie; they are widened piece by piece as they are used.
final class HalfStorage: Storage, @unchecked Sendable {
    let base: UnsafeRawPointer
    let type: ElementType
    private let owner: any AnyObject & Sendable

    init(sharing start: UnsafeRawPointer, type: ElementType, count: Int, owner: any AnyObject & Sendable) {
        base = start
        self.type = type
        self.owner = owner
        super.init(count: count)
    }
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

    /// The first element, however it is stored.
    ///
    /// - Precondition: the tensor belongs to this backend.
    var elements: (base: UnsafeRawPointer, type: ElementType) {
        guard let half = storage as? HalfStorage else { return (UnsafeRawPointer(base), .float32) }
        return (half.base + offset * half.type.byteCount, half.type)
    }

    /// Copies a row out as floats.
    func widenRow(_ index: Int, into target: UnsafeMutablePointer<Float>) {
        let (base, type) = elements
        cpu_kernels_widen(
            base + index * rowStride * type.byteCount, type.kernelType, target, columns)
    }
}

extension ElementType {
    /// The kernels' number for it.
    var kernelType: Int32 {
        switch self {
        case .float32: Int32(CPUKernelsFloat32)
        case .float16: Int32(CPUKernelsFloat16)
        case .bfloat16: Int32(CPUKernelsBFloat16)
        }
    }
}
