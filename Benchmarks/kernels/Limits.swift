import COpenBLAS
import CPUKernels
import Dispatch
import JSONCore
import Platform

/// What the machine can do: matrix products by OpenBLAS at a model's shapes, and memory bandwidth.
struct Limits {
    let shape: ModelShape
    /// The rows of a product, `M`.
    let rows: Int
    let seconds: Double
    let threads: Int

    init(_ arguments: inout Arguments) throws {
        shape = try ModelShape(config: arguments.required("CONFIG_JSON"))
        rows = try arguments.integer("--rows", default: 2048)
        seconds = try arguments.number("--seconds", default: 3)
        threads = try arguments.threads()
        Self.useKernelsOfThisProcessor()
    }

    /// Restarts the program with OpenBLAS's kernels set explicitly if OpenBLAS does not know the processor.
    ///
    /// The limit is what OpenBLAS can do, not what it does on a processor that is younger than the library.
    private static func useKernelsOfThisProcessor() {
        let variable = "OPENBLAS_CORETYPE"
        let old = ["Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Sandybridge", "Atom"]
        guard getenv(variable) == nil, old.contains(String(cString: openblas_get_corename())) else { return }
        switch cpu_kernels_best_level() {
        case Int32(CPUKernelsAVX512): setenv(variable, "SkylakeX", 1)
        case Int32(CPUKernelsAVX2): setenv(variable, "Haswell", 1)
        default: return
        }
        // If the system does not allow it, the program continues as it is.
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }

    func json() throws -> JSONObject {
        let (products, rate) = try sgemm()
        return [
            "rows": JSONValue(rows), "threads": JSONValue(threads),
            "core": .string(String(cString: openblas_get_corename())),
            "sgemm_gflops": JSONValue(rate), "products": .object(products),
            "triad_gb_per_s": JSONValue(Self.triad(threads: threads)),
        ]
    }

    /// GFLOP/s of each product of a layer, and of all of them together, which is the rate weighted by FLOPs.
    func sgemm() throws -> (products: JSONObject, rate: Double) {
        openblas_set_num_threads(Int32(threads))
        defer { openblas_set_num_threads(1) }
        var products = JSONObject()
        var (flops, time) = (0.0, 0.0)
        for projection in shape.projections {
            let work = 2 * Double(rows) * Double(projection.inputs) * Double(projection.outputs)
            let taken = try product(projection)
            flops += work
            time += taken
            products[projection.name] = JSONValue(work / taken / 1e9)
        }
        return (products, flops / time / 1e9)
    }

    /// The seconds of one product, `[M, K] [N, K]^T`, after its numbers have been checked.
    private func product(_ projection: ModelShape.Projection) throws -> Double {
        let (M, N, K) = (rows, projection.outputs, projection.inputs)
        let left = RandomValues.uniform(M * K, seed: 1)
        let right = RandomValues.uniform(N * K, seed: 2)
        var output = [Float](repeating: 0, count: M * N)
        func run() {
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, blasint(M), blasint(N), blasint(K), 1, left,
                blasint(K), right, blasint(K), 0, &output, blasint(N))
        }
        run()
        for sample in 0..<64 {
            let (row, column) = (sample * 7919 % M, sample * 104_729 % N)
            let expected = (0..<K).reduce(0.0) {
                $0 + Double(left[row * K + $1]) * Double(right[column * K + $1])
            }
            guard abs(Double(output[row * N + column]) - expected) < 1e-3 * Double(K).squareRoot() else {
                throw BenchmarkError("sgemm \(M)x\(N)x\(K): wrong at \(row), \(column)")
            }
        }
        return Timing.median(seconds: seconds / Double(shape.projections.count), run)
    }

    /// GB/s of `a = b + s c` over arrays far larger than any cache; three streams are counted.
    static func triad(threads: Int) -> Double {
        let count = 1 << 25
        let memory = (0..<3).map { _ in UnsafeMutablePointer<Float>.allocate(capacity: count) }
        defer { for part in memory { part.deallocate() } }
        for part in memory { part.initialize(repeating: 1, count: count) }
        nonisolated(unsafe) let (a, b, c) = (memory[0], memory[1], memory[2])
        let seconds = Timing.median(seconds: 0.5) {
            DispatchQueue.concurrentPerform(iterations: threads) { part in
                for index in count * part / threads..<count * (part + 1) / threads {
                    a[index] = b[index] + 3 * c[index]
                }
            }
        }
        precondition(a[count - 1] == 4)
        return Double(3 * count * MemoryLayout<Float>.stride) / seconds / 1e9
    }
}

/// Non-zero numbers, the same in every run.
enum RandomValues {
    /// Values in -1 to 1.
    static func uniform(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Float(Int32(truncatingIfNeeded: state)) / 2_147_483_648
        }
    }
}
