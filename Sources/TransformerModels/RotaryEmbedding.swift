import Foundation
import Platform
import TensorCore

/// The rotary table of a model, as long as the longest text so far needs.
///
/// A configuration may allow a million positions, or a file may claim it; memory grows with the texts alone.
final class GrowingRotaryTable: Sendable {
    private static let leastPositions = 256

    private let rope: RopeParameters
    private let headDim: Int
    private let limit: Int
    private let backend: any Backend
    private let current = Locked<(positions: Int, table: RotaryTable)?>(nil)

    /// - Parameter limit: the most positions that will be asked for.
    init(_ rope: RopeParameters, headDim: Int, limit: Int, backend: any Backend) {
        self.rope = rope
        self.headDim = headDim
        self.limit = limit
        self.backend = backend
    }

    /// A table for positions `0..<positions`; tables that are in use stay as they are.
    func table(positions: Int) throws -> RotaryTable {
        try current.withLock { current in
            if let current, current.positions >= positions { return current.table }
            var count = min(Self.leastPositions, limit)
            while count < positions { count = min(2 * count, max(limit, positions)) }
            let table = try RotaryEmbedding.table(
                rope, headDim: headDim, positions: count, backend: backend)
            current = (count, table)
            return table
        }
    }
}

/// Builds the tables of the rotary embedding as transformers does: frequencies and angles are in single precision,
/// because the models were trained with rounded angles, which differ visibly from the exact ones at late positions.
enum RotaryEmbedding {
    /// The tables for positions `0..<positions`.
    static func table(
        _ rope: RopeParameters, headDim: Int, positions: Int, backend: any Backend
    ) throws(BackendError) -> RotaryTable {
        let frequencies = inverseFrequencies(rope, headDim: headDim)
        let half = headDim / 2
        func tensor(_ function: (Double) -> Double) throws(BackendError) -> Tensor {
            var values = [Float](repeating: 0, count: positions * half)
            for position in 0..<positions {
                for index in 0..<half {
                    let angle = Float(position) * frequencies[index]
                    values[position * half + index] = Float(function(Double(angle)))
                }
            }
            let tensor = Tensor(try backend.makeStorage(count: values.count), rows: positions, columns: half)
            values.withUnsafeBufferPointer { backend.upload($0, to: tensor) }
            return tensor
        }
        return RotaryTable(cosines: try tensor(cos), sines: try tensor(sin), headDim: headDim)
    }

    /// theta^(-2i/C), scaled, `[C / 2]`.
    static func inverseFrequencies(_ rope: RopeParameters, headDim: Int) -> [Float] {
        let plain = stride(from: 0, to: headDim, by: 2).map { index -> Float in
            1 / Float(pow(Double(Float(rope.theta)), Double(Float(index) / Float(headDim))))
        }
        switch rope.scaling {
        case .none: return plain
        case .linear(let factor): return plain.map { $0 / Float(factor) }
        case .llama3(let factor, let low, let high, let context):
            let (lowWavelength, highWavelength) = (Double(context) / low, Double(context) / high)
            return plain.map { frequency in
                let wavelength = 2 * Float.pi / frequency
                if Double(wavelength) > lowWavelength { return frequency / Float(factor) }
                if Double(wavelength) < highWavelength { return frequency }
                let smooth = (Float(context) / wavelength - Float(low)) / Float(high - low)
                return (1 - smooth) * frequency / Float(factor) + smooth * frequency
            }
        }
    }
}
