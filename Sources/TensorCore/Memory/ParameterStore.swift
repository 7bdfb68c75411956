/// Everything that is trained, in four flat buffers on the device: parameters, gradients and the two moments of
/// AdamW.
///
/// The optimizer, clipping, a future all-reduce and the checkpoint are one loop each over these buffers; a layer holds
/// views into them.
public final class ParameterStore: Sendable {
    /// Where one trained tensor lies in the buffers.
    public struct Slot: Sendable, Hashable {
        /// The name in this project's files, such as `lora.3.q_proj.lora_a`.
        public let name: String
        /// The dimensions in files: a matrix's, or the length of a vector.
        public let shape: [Int]
        /// The first element's offset.
        public let offset: Int

        /// The number of elements.
        public var count: Int { rows * columns }
        /// The number of rows: 1 for a vector.
        public var rows: Int { shape.count == 1 ? 1 : shape[0] }
        /// The number of columns.
        public var columns: Int { shape[shape.count - 1] }
    }

    /// One of the buffers that a checkpoint stores.
    public enum Buffer: Sendable, CaseIterable {
        case parameters
        case firstMoments
        case secondMoments
    }

    /// The tensors, in the order of the buffers.
    public let slots: [Slot]
    /// The device's parameters, `[1, count]`.
    public let parameters: Tensor
    /// The device's gradients, `[1, count]`.
    public let gradients: Tensor
    /// AdamW's first moments, `[1, count]`.
    public let firstMoments: Tensor
    /// AdamW's second moments, `[1, count]`.
    public let secondMoments: Tensor

    /// The number of parameters in matrices; those in vectors follow them.
    private let matrixCount: Int
    private let backend: any Backend
    private let mirrors: [any HostMirror]

    /// The number of trained parameters.
    public var count: Int { parameters.columns }

    /// Room for matrices and vectors of these names. Parameters, gradients and moments start as zero.
    ///
    /// - Precondition: vectors follow all matrices.
    public init(
        layout: [(name: String, shape: [Int])], backend: any Backend
    ) throws(BackendError) {
        var slots: [Slot] = []
        var offset = 0
        for entry in layout {
            slots.append(Slot(name: entry.name, shape: entry.shape, offset: offset))
            offset += entry.shape.reduce(1, *)
        }
        let matrices = slots.prefix { $0.shape.count == 2 }
        precondition(
            slots.dropFirst(matrices.count).allSatisfy { $0.shape.count == 1 }, "a matrix behind a vector")
        matrixCount = matrices.reduce(0) { $0 + $1.count }
        self.slots = slots
        self.backend = backend
        func buffer() throws(BackendError) -> Tensor {
            let tensor = Tensor(try backend.makeStorage(count: offset), rows: 1, columns: offset)
            backend.fill(tensor, with: 0)
            return tensor
        }
        parameters = try buffer()
        gradients = try buffer()
        firstMoments = try buffer()
        secondMoments = try buffer()
        mirrors = [
            try backend.makeHostMirror(of: parameters), try backend.makeHostMirror(of: firstMoments),
            try backend.makeHostMirror(of: secondMoments),
        ]
    }

    /// The slot of a name.
    public func slot(named name: String) -> Slot? { slots.first { $0.name == name } }

    /// A tensor's parameters on the device, `[rows, columns]`.
    public func parameters(_ slot: Slot) -> Tensor { view(parameters, slot) }

    /// A tensor's gradients on the device, `[rows, columns]`.
    public func gradients(_ slot: Slot) -> Tensor { view(gradients, slot) }

    private func view(_ buffer: Tensor, _ slot: Slot) -> Tensor {
        Tensor(buffer.storage, offset: buffer.offset + slot.offset, rows: slot.rows, columns: slot.columns)
    }

    /// Sets all gradients to zero.
    public func zeroGradients() { backend.fill(gradients, with: 0) }

    /// One AdamW update of all parameters. Vectors, which are biases, do not decay, as in HuggingFace's Trainer.
    ///
    /// - Parameter gradientScale: the clipping factor.
    public func update(_ settings: AdamWStep, gradientScale: Float) {
        var undecayed = settings
        undecayed.weightDecay = 0
        for (range, settings) in [(0..<matrixCount, settings), (matrixCount..<count, undecayed)]
        where !range.isEmpty {
            func part(_ buffer: Tensor) -> Tensor {
                Tensor(
                    buffer.storage, offset: buffer.offset + range.lowerBound, rows: 1, columns: range.count)
            }
            backend.adamW(
                parameters: part(parameters), gradients: part(gradients), firstMoments: part(firstMoments),
                secondMoments: part(secondMoments), settings: settings, gradientScale: gradientScale)
        }
    }

    /// Brings the host's copies of parameters and moments up to date. Call it before saving.
    public func synchronize() { for mirror in mirrors { mirror.synchronize() } }

    /// A tensor's values in the host's copy, as of the last `synchronize`.
    public func hostValues(of slot: Slot, in buffer: Buffer) -> [Float] {
        mirror(of: buffer).withUnsafeValues { Array($0[slot.offset..<slot.offset + slot.count]) }
    }

    /// Why tensors from elsewhere do not fit a store.
    public enum Mismatch: Error, Sendable, Hashable {
        /// A trained tensor is not among them.
        case missing(String)
        /// A tensor has other dimensions.
        case wrongShape(String, shape: [Int], expected: [Int])
    }

    /// Sets all tensors of a buffer.
    ///
    /// - Parameter find: gives a tensor's dimensions and values, or nil where there is none.
    /// - Throws: `Mismatch`, or what `find` throws. Tensors before the one at fault have been set.
    public func install(
        in buffer: Buffer, _ find: (Slot) throws -> (shape: [Int], values: [Float])?
    ) throws {
        for slot in slots {
            guard let (shape, values) = try find(slot) else { throw Mismatch.missing(slot.name) }
            guard shape == slot.shape, values.count == slot.count else {
                throw Mismatch.wrongShape(slot.name, shape: shape, expected: slot.shape)
            }
            setValues(values, of: slot, in: buffer)
        }
    }

    /// Sets a tensor's values on the device.
    ///
    /// - Precondition: as many values as the slot has.
    public func setValues(_ values: [Float], of slot: Slot, in buffer: Buffer) {
        precondition(values.count == slot.count, "\(values.count) values for \(slot.name) \(slot.shape)")
        let target: Tensor =
            switch buffer {
            case .parameters: parameters
            case .firstMoments: firstMoments
            case .secondMoments: secondMoments
            }
        values.withUnsafeBufferPointer { backend.upload($0, to: view(target, slot)) }
    }

    /// The device's gradients of a tensor, copied out.
    public func gradientValues(of slot: Slot) -> [Float] { backend.values(of: gradients(slot)) }

    private func mirror(of buffer: Buffer) -> any HostMirror {
        switch buffer {
        case .parameters: mirrors[0]
        case .firstMoments: mirrors[1]
        case .secondMoments: mirrors[2]
        }
    }
}

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
