import CPUKernels
import Platform
import TensorCore

/// Floats in host memory: its own, aligned to a cache line, or weights that another object owns and nobody writes.
final class HostStorage: Storage, @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    private let weights: SharedWeights?

    init(allocating count: Int) throws(BackendError) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        guard let memory = LargePages.allocate(byteCount: bytes) else {
            throw BackendError.outOfMemory(bytes: bytes)
        }
        base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        weights = nil
        super.init(count: count)
    }

    init(sharing weights: SharedWeights, at start: UnsafeRawPointer) {
        base = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: Float.self))
        self.weights = weights
        super.init(count: weights.count)
    }

    deinit { if weights == nil { free(base) } }

    func forget() { weights?.forget() }
}

/// Weights of 16 bits where they lie; they are widened piece by piece as they are used.
final class HalfStorage: Storage, @unchecked Sendable {
    let base: UnsafeRawPointer
    let type: ElementType
    private let weights: SharedWeights

    init(sharing weights: SharedWeights, at start: UnsafeRawPointer) {
        base = start
        type = weights.type
        self.weights = weights
        super.init(count: weights.count)
    }

    override var byteCount: Int { weights.bytes.count }

    func forget() { weights.forget() }
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

    /// Lets weights that are rarely touched leave memory.
    func forget() {
        if let half = storage as? HalfStorage { half.forget() } else { (storage as? HostStorage)?.forget() }
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
