import CPUKernels
import Foundation
public import TensorCore

/// Runs every operation on the host's processor, with the best instruction set it has.
///
/// The kernels of `CPUKernels` compute, and work is split by output rows, columns or heads over a fixed number of
/// threads. Every sum has a fixed order: a result has the same bits on every instruction set and with any number of
/// threads, and a row's result does not depend on the rows beside it.
public final class CPUBackend: Backend {
    let parallel: Parallel
    let scratch = ScratchPool()
    let attentionScratch = ScratchPool()
    /// The instruction set in use.
    package let level: KernelLevel

    /// The number of threads that share the work.
    public var threads: Int { parallel.threads }

    /// A backend on this machine's processor.
    ///
    /// - Parameter threads: how many threads share the work; nil takes one per core available to the process.
    public convenience init(threads: Int? = nil) {
        // `Device` reports an unusable level; here the best one is used instead.
        self.init(threads: threads, level: (try? KernelLevel.chosen()) ?? .best)
    }

    package init(threads: Int? = nil, level: KernelLevel) {
        self.level = level
        parallel = Parallel(threads: max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount))
    }

    public var description: String {
        "cpu (\(threads) thread\(threads == 1 ? "" : "s"), \(level.description))"
    }

    public var threadCount: Int? { threads }

    public var numericFingerprint: String { "cpu/\(level.name)/threads-\(threads)" }

    public func makeStorage(count: Int, elementType: ElementType) throws(BackendError) -> Storage {
        precondition(elementType == .float32, "the CPU computes in fp32, not \(elementType)")
        return try HostStorage(allocating: count)
    }

    public func makeWeightMatrix(_ bytes: WeightBytes) throws(BackendError) -> WeightMatrix {
        try HostWeightMatrix(bytes)
    }

    public func makeHostMirror(of tensor: Tensor) throws(BackendError) -> any HostMirror {
        precondition(tensor.isContiguous, "a mirror needs contiguous memory")
        return SharedHostMirror(of: tensor)
    }

    public func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) {
        precondition(values.count == tensor.count, "\(values.count) values for \(tensor.count) elements")
        guard let source = values.baseAddress else { return }
        for row in 0..<tensor.rows {
            tensor.row(row).update(from: source + row * tensor.columns, count: tensor.columns)
        }
    }

    public func download(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count == tensor.count, "\(values.count) values for \(tensor.count) elements")
        guard let target = values.baseAddress else { return }
        for row in 0..<tensor.rows {
            (target + row * tensor.columns).update(from: tensor.row(row), count: tensor.columns)
        }
    }

    public func copy(_ input: Tensor, to output: Tensor) {
        precondition(input.rows == output.rows && input.columns == output.columns, "copy shapes")
        parallel.ranges(of: input.rows, grain: max(1, 65_536 / max(1, input.columns))) { rows in
            for row in rows { output.row(row).update(from: input.row(row), count: input.columns) }
        }
    }

    public func fill(_ tensor: Tensor, with value: Float) {
        parallel.ranges(of: tensor.rows, grain: max(1, 65_536 / max(1, tensor.columns))) { rows in
            for row in rows { tensor.row(row).update(repeating: value, count: tensor.columns) }
        }
    }
}
