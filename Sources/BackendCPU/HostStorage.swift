import CPUKernels
import Platform
import TensorCore

/// Floats in host memory, aligned to a cache line.
final class HostStorage: Storage, @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>

    init(allocating count: Int) throws(BackendError) {
        let bytes = max(count, 1) * MemoryLayout<Float>.stride
        guard let memory = LargePages.allocate(byteCount: bytes) else {
            throw BackendError.outOfMemory(bytes: bytes)
        }
        base = memory.bindMemory(to: Float.self, capacity: max(count, 1))
        super.init(count: count)
    }

    deinit { free(base) }
}

/// A frozen matrix in host memory: the given bytes, or a copy if they are not aligned to its elements. Products
/// decode it while they pack their panels.
final class HostWeightMatrix: WeightMatrix, @unchecked Sendable {
    let base: UnsafeRawPointer
    private let source: WeightBytes
    private let copy: HostStorage?

    init(_ source: WeightBytes) throws(BackendError) {
        self.source = source
        if let start = source.bytes.baseAddress,
            Int(bitPattern: start) % source.format.elementAlignment == 0
        {
            base = start
            copy = nil
        } else {
            let copy = try HostStorage(allocating: (source.bytes.count + 3) / 4)
            let target = UnsafeMutableRawBufferPointer(start: copy.base, count: source.bytes.count)
            target.copyMemory(from: source.bytes)
            base = UnsafeRawPointer(copy.base)
            self.copy = copy
        }
        super.init(format: source.format, rows: source.rows, columns: source.columns)
    }

    /// Tells the owner that pages may leave memory after they have been read.
    func releasePages() { source.releasePages() }

    /// Decodes a row to floats.
    func decodeRow(_ index: Int, into target: UnsafeMutablePointer<Float>) {
        cpu_kernels_widen(
            base + index * format.rowBytes(columns: columns), format.kernelType, target, columns)
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
}

extension WeightMatrix {
    /// The matrix in host memory.
    ///
    /// - Precondition: the matrix belongs to this backend.
    var host: HostWeightMatrix {
        guard let host = self as? HostWeightMatrix else {
            preconditionFailure("a weight matrix of another backend reached the CPU")
        }
        return host
    }
}

extension WeightFormat {
    /// The kernels' number of the format.
    var kernelType: Int32 {
        switch self {
        case .float32: Int32(CPUKernelsFloat32)
        case .float16: Int32(CPUKernelsFloat16)
        case .bfloat16: Int32(CPUKernelsBFloat16)
        }
    }

    /// The alignment that its elements need.
    var elementAlignment: Int { self == .float32 ? 4 : 2 }
}
