import Synchronization
internal import TensorCore

/// What the host has asked for and the device has not done yet.
///
/// Commands run in the order they came, when the host asks for a value and not before.
final class CommandQueue: Sendable {
    private let commands = Mutex<[@Sendable () -> Void]>([])

    /// Asks for a command; it must not ask for others.
    func enqueue(_ command: @escaping @Sendable () -> Void) { commands.withLock { $0.append(command) } }

    /// Does all that was asked for.
    func run() {
        commands.withLock { commands in
            for command in commands { command() }
            commands.removeAll()
        }
    }

    /// How many commands wait.
    var count: Int { commands.withLock { $0.count } }
}

/// Memory that nobody outside sees: bf16 activations, or fp32 for what is trained, statistics and logits.
///
/// Only commands touch it, so the queue orders all access.
final class LazyStorage: Storage, @unchecked Sendable {
    private var floats: [Float] = []
    private var halves: [UInt16] = []

    override init(count: Int, elementType: ElementType) {
        precondition(elementType != .float16, "the device has no fp16")
        if elementType == .float32 {
            floats = [Float](repeating: .nan, count: count)
        } else {
            halves = [UInt16](repeating: BFloat16.bits(.nan), count: count)
        }
        super.init(count: count, elementType: elementType)
    }

    fileprivate subscript(index: Int) -> Float {
        get { elementType == .float32 ? floats[index] : BFloat16.value(halves[index]) }
        set {
            if elementType == .float32 {
                floats[index] = newValue
            } else {
                halves[index] = BFloat16.bits(newValue)
            }
        }
    }
}

extension Tensor {
    private var memory: LazyStorage {
        guard let storage = storage as? LazyStorage else { preconditionFailure("a tensor of another device") }
        return storage
    }

    /// The elements. In commands only.
    var matrix: Matrix {
        let memory = memory
        var result = Matrix(rows: rows, columns: columns)
        for row in 0..<rows {
            for column in 0..<columns { result[row, column] = memory[offset + row * rowStride + column] }
        }
        return result
    }

    /// Overwrites the elements, rounded where they are activations. In commands only.
    func store(_ matrix: Matrix) {
        precondition(matrix.rows == rows && matrix.columns == columns, "a matrix of another shape")
        let memory = memory
        for row in 0..<rows {
            for column in 0..<columns { memory[offset + row * rowStride + column] = matrix[row, column] }
        }
    }

    /// Adds to the elements. In commands only.
    func add(_ matrix: Matrix) { store(self.matrix.combined(with: matrix, +)) }
}

/// A frozen matrix, rounded to bf16 as a model that is loaded in bf16 is.
final class LazyMatrix: WeightMatrix, @unchecked Sendable {
    private let halves: [UInt16]

    init(_ source: WeightBytes) {
        halves = (0..<source.rows * source.columns).map { index in
            switch source.format {
            case .float32:
                BFloat16.bits(source.bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
            case .float16:
                BFloat16.bits(
                    Self.widened(source.bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
            case .bfloat16: source.bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
            }
        }
        super.init(format: source.format, rows: source.rows, columns: source.columns)
    }

    fileprivate func decoded(_ rows: Range<Int>) -> Matrix {
        Matrix(
            rows: rows.count, columns: columns,
            values: halves[rows.lowerBound * columns..<rows.upperBound * columns].map(BFloat16.value))
    }

    /// The fp32 value of an fp16 number's bits.
    private static func widened(_ bits: UInt16) -> Float {
        let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
        let magnitude: Float =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}

extension WeightMatrix {
    /// The elements, exact in bf16.
    var matrix: Matrix { matrix(0..<rows) }

    /// Some rows.
    func matrix(_ rows: Range<Int>) -> Matrix {
        guard let matrix = self as? LazyMatrix else { preconditionFailure("a matrix of another device") }
        return matrix.decoded(rows)
    }
}

/// The host's copy of what a checkpoint stores: NaN until it is synchronized.
final class LazyMirror: HostMirror {
    private let tensor: Tensor
    private let backend: LazyBackend
    private let copy: Mutex<[Float]>

    init(of tensor: Tensor, on backend: LazyBackend) {
        self.tensor = tensor
        self.backend = backend
        copy = Mutex([Float](repeating: .nan, count: tensor.count))
    }

    var count: Int { tensor.count }

    func synchronize() {
        let values = backend.values(of: tensor)
        copy.withLock { $0 = values }
    }

    func withUnsafeValues<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        let values = copy.withLock { $0 }
        return try values.withUnsafeBufferPointer(body)
    }
}

/// Losses that are added up on the device, and read when the host asks.
final class LazyLossTotals: LossTotals, @unchecked Sendable {
    private let queue: CommandQueue

    init(_ queue: CommandQueue) {
        self.queue = queue
        super.init()
    }

    override func read() -> Values {
        queue.run()
        return super.read()
    }
}
