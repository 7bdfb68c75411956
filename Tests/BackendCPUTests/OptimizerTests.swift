import BackendCPU
import TensorCore
import TestSupport
import Testing

@Suite struct OptimizerTests {
    @Test(arguments: Configuration.all)
    func `Ten AdamW updates follow the published formula`(configuration: Configuration) throws {
        let backend = configuration.makeBackend()
        let count = 40_001
        let parameters = try backend.randomTensor(rows: 1, columns: count, "p")
        let m = try backend.tensor(Array(repeating: 0, count: count), rows: 1, columns: count)
        let v = try backend.tensor(Array(repeating: 0, count: count), rows: 1, columns: count)
        var (p, first) = (backend.values(of: parameters).doubles, [Double](repeating: 0, count: count))
        var second = first
        for step in 1...10 {
            let gradients = try backend.randomTensor(rows: 1, columns: count, "g\(step)")
            let settings = AdamWStep(learningRate: 1e-2, weightDecay: 0.1, step: step)
            backend.adamW(
                parameters: parameters, gradients: gradients, firstMoments: m, secondMoments: v,
                settings: settings, gradientScale: 0.5)
            let g = backend.values(of: gradients).doubles
            var (power1, power2) = (1.0, 1.0)
            for _ in 0..<step { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
            for index in 0..<count {
                let gradient = 0.5 * g[index]
                first[index] = 0.9 * first[index] + 0.1 * gradient
                second[index] = 0.999 * second[index] + 0.001 * gradient * gradient
                p[index] -= 1e-2 * 0.1 * p[index]
                p[index] -=
                    1e-2 * (first[index] / (1 - power1))
                    / ((second[index] / (1 - power2)).squareRoot() + 1e-8)
            }
        }
        #expect(relativeError(backend.values(of: parameters), p) < 1e-6)
        #expect(relativeError(backend.values(of: m), first) < 1e-6)
        #expect(relativeError(backend.values(of: v), second) < 1e-6)
    }

    @Test func `The norm is the same on any number of threads, to the last bit`() throws {
        let values = randomValues(300_001, "norm")
        let sums = try [1, 2, 3, 16].map { threads in
            let backend = CPUBackend(threads: threads)
            return backend.sumOfSquares(try backend.tensor(values, rows: 1, columns: values.count))
        }
        let exact = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(Set(sums).count == 1)
        #expect(abs(sums[0] - exact) < 1e-9 * exact)
    }
}
