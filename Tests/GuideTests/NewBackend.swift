import BackendCPU
import FineTuning
import TensorCore
import Testing
import TransformerModels

/// The code of FineTuning.docc/NewBackend.md: a complete backend in plain Swift, through public API alone.
@Suite struct NewBackend {
    @Test func `the guide's backend trains as the processor does`() throws {
        let files = try GuideFiles()
        let (cpu, plain) = (try files.train(on: CPUBackend(threads: 1)), try files.train(on: PlainBackend()))
        #expect(cpu.losses.count == 4)
        for (expected, loss) in zip(cpu.losses, plain.losses) { #expect(abs(loss - expected) < 1e-4) }
        for (expected, logit) in zip(cpu.logits, plain.logits) { #expect(abs(logit - expected) < 1e-3) }
        #expect(cpu.losses.first != cpu.losses.last)
    }
}

// [snippet: storage]
/// Memory of the device. Nobody else looks inside.
final class PlainStorage: Storage, @unchecked Sendable {
    var values: [Float]

    init(count: Int) {
        values = [Float](repeating: .nan, count: count)
        super.init(count: count)
    }
}

/// A frozen matrix, decoded once.
final class PlainMatrix: WeightMatrix, @unchecked Sendable {
    let values: [Float]

    init(_ source: WeightBytes) {
        values = (0..<source.rows * source.columns).map { index in
            switch source.format {
            case .float32: source.bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
            case .float16:
                Float(
                    bitPattern: source.bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self).widened
                )
            case .bfloat16:
                Float(
                    bitPattern: UInt32(source.bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                        << 16)
            }
        }
        super.init(format: source.format, rows: source.rows, columns: source.columns)
    }
}
// [end]

// [snippet: mirror]
/// The host's copy of what a checkpoint stores: stale until it is synchronized.
final class PlainMirror: HostMirror, @unchecked Sendable {
    private let tensor: Tensor
    private let backend: PlainBackend
    private var copy: [Float]

    init(of tensor: Tensor, on backend: PlainBackend) {
        self.tensor = tensor
        self.backend = backend
        copy = [Float](repeating: .nan, count: tensor.count)
    }

    var count: Int { copy.count }

    func synchronize() { copy = backend.values(of: tensor) }

    func withUnsafeValues<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result { try copy.withUnsafeBufferPointer(body) }
}
// [end]

// [snippet: device]
/// A device that keeps tensors in Swift arrays and computes one element after the other.
final class PlainBackend: Backend {
    var description: String { "plain Swift" }
    var numericFingerprint: String { "plain" }

    func makeStorage(count: Int, elementType: ElementType) throws(BackendError) -> Storage {
        PlainStorage(count: count)
    }

    func makeWeightMatrix(_ bytes: WeightBytes) throws(BackendError) -> WeightMatrix { PlainMatrix(bytes) }

    func makeHostMirror(of tensor: Tensor) throws(BackendError) -> any HostMirror {
        PlainMirror(of: tensor, on: self)
    }

    func makeWorkspace() -> Workspace { Workspace(backend: self, slabCount: 1 << 16) }

    func planTraining(_ demand: TrainingDemand) throws(BackendError) -> TrainingMemoryPlan {
        let (keeping, recomputing) = demand.shape.activationsPerToken
        let memory = TrainingMemory(
            fixed: demand.shape.weightByteCount + 16 * demand.shape.trainedParameterCount,
            perToken: 4 * keeping, perTokenRecomputing: 4 * recomputing)
        return try TrainingMemoryPlan(demand, memory: memory, preferred: 256)
    }

    func predictionTokenBudget(for shape: ModelShape) -> Int { 256 }
}
// [end]

// [snippet: transfer]
extension PlainBackend {
    func upload(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) {
        guard let storage = tensor.storage as? PlainStorage else { preconditionFailure("a foreign tensor") }
        for (index, value) in values.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: tensor.columns)
            storage.values[tensor.offset + row * tensor.rowStride + column] = value
        }
    }

    func download(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) {
        guard let storage = tensor.storage as? PlainStorage else { preconditionFailure("a foreign tensor") }
        for index in values.indices {
            let (row, column) = index.quotientAndRemainder(dividingBy: tensor.columns)
            values[index] = storage.values[tensor.offset + row * tensor.rowStride + column]
        }
    }

    /// Overwrites a tensor, row by row.
    func write(_ values: [Float], to tensor: Tensor) {
        values.withUnsafeBufferPointer { upload($0, to: tensor) }
    }
}
// [end]

extension UInt16 {
    /// The bits of an fp32 number equal to the fp16 number of these bits; subnormal numbers become zero.
    fileprivate var widened: UInt32 {
        let (sign, exponent, fraction) = (
            UInt32(self & 0x8000) << 16, UInt32(self >> 10 & 31), UInt32(self & 1023)
        )
        guard exponent > 0 else { return sign }
        return sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13
    }
}
