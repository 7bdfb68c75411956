import Backends
import JSONCore
import TensorCore

/// Checks every operation of a training step against plain double-precision loops, then times it
/// and compares it with the limits measured in the same run.
struct KernelBenchmark {
    let limits: Limits
    let backend: any Backend
    let batch: PackedBatch
    let shape: ModelShape

    /// - Throws: `BenchmarkError` for wrong arguments.
    init(_ arguments: inout Arguments) throws {
        let length = try arguments.integer("--length", default: 64)
        limits = try Limits(&arguments)
        shape = limits.shape
        backend = try Device.cpu.makeBackend(threads: limits.threads)
        batch = PackedBatch(
            (0..<max(1, limits.rows / length)).map { sample in
                TokenSequence(sampleID: sample, inputIDs: (0..<length).map { Int32(($0 * 31 + sample) % 97) })
            }, padTokenID: nil)
    }

    func json() throws -> JSONObject {
        var report = try limits.json()
        var operations = JSONObject()
        let peak = report["sgemm_gflops"]?.double ?? 1
        let bandwidth = report["triad_gb_per_s"]?.double ?? 1
        for kernel in try kernels() {
            kernel.run()
            try kernel.verify()
            let seconds = Timing.median(kernel.run)
            var entry: JSONObject = ["seconds": JSONValue(seconds)]
            if kernel.flops > 0 {
                entry["gflops"] = JSONValue(kernel.flops / seconds / 1e9)
                entry["share_of_sgemm"] = JSONValue(kernel.flops / seconds / 1e9 / peak)
            }
            entry["gb_per_s"] = JSONValue(kernel.bytes / seconds / 1e9)
            entry["share_of_triad"] = JSONValue(kernel.bytes / seconds / 1e9 / bandwidth)
            operations[kernel.name] = .object(entry)
        }
        report["device"] = .string(backend.description)
        report["tokens"] = JSONValue(batch.tokenCount)
        report["longest"] = JSONValue(batch.longestSequence)
        report["kernels"] = .object(operations)
        return report
    }

    /// One operation.
    struct Kernel {
        let name: String
        /// Floating-point operations of its products; 0 if it is bound by memory.
        var flops = 0.0
        /// The bytes that have to move at least once.
        let bytes: Double
        let run: () -> Void
        /// Compares what the last run left with plain loops.
        let verify: () throws -> Void
    }

    // MARK: - Helpers

    func tensor(_ rows: Int, _ columns: Int, seed: UInt64) throws -> Tensor {
        let tensor = Tensor(try backend.makeStorage(count: rows * columns), rows: rows, columns: columns)
        RandomValues.uniform(rows * columns, seed: seed).withUnsafeBufferPointer {
            backend.upload($0, to: tensor)
        }
        return tensor
    }

    /// Compares some elements of a result with what they should be.
    func check(
        _ name: String, _ result: Tensor, tolerance: Double, _ expected: (_ row: Int, _ column: Int) -> Double
    ) throws {
        let values = backend.values(of: result)
        for sample in 0..<50 {
            let (row, column) = (sample * 7919 % result.rows, sample * 104_729 % result.columns)
            let found = Double(values[row * result.columns + column])
            let wanted = expected(row, column)
            guard abs(found - wanted) <= tolerance * max(1, abs(wanted)) else {
                throw BenchmarkError("\(name): \(found) instead of \(wanted) at \(row), \(column)")
            }
        }
    }

    func values(_ tensor: Tensor) -> [Double] { backend.values(of: tensor).map(Double.init) }
}
