import CheckpointIO
public import TensorCore

extension BaseModel {
    /// The weights' shapes of one layer's projections: outputs and inputs.
    public var projectionShapes: [(outputs: Int, inputs: Int)] {
        ProjectionKind.allCases.map { kind in
            let (rows, columns) = kind.shape(config)
            return (rows, columns)
        }
    }

    /// How fast the device multiplies matrices of this model's shapes, in FLOP/s: the limit of training.
    ///
    /// The products of a layer's projections over `rows` rows are repeated, and the rate is that of all of them
    /// together, each shape at its median time; so each weighs as much as it does in training.
    ///
    /// - Parameter seconds: about how long to measure; every shape is measured three times at least.
    public func productRate(rows: Int = 2048, seconds: Double = 1.5) throws(BackendError) -> Double {
        let clock = ContinuousClock()
        let shapes = projectionShapes
        var products: [(input: Tensor, weight: Tensor, output: Tensor)] = []
        for (outputs, inputs) in shapes {
            func tensor(_ rows: Int, _ columns: Int) throws(BackendError) -> Tensor {
                let tensor = Tensor(
                    try backend.makeStorage(count: rows * columns), rows: rows, columns: columns)
                backend.fill(tensor, with: 0.5)
                return tensor
            }
            products.append(
                (try tensor(rows, inputs), try tensor(outputs, inputs), try tensor(rows, outputs)))
        }
        var times = [[Double]](repeating: [], count: shapes.count)
        let start = clock.now
        var warmUp = true
        while warmUp || times[0].count < 3 || clock.now - start < .seconds(seconds) {
            for (place, product) in products.enumerated() {
                let begin = clock.now
                backend.matmul(
                    product.input, transposeLeft: false, product.weight, transposeRight: true, alpha: 1,
                    beta: 0, output: product.output)
                // Reading a value waits for a device that works on its own.
                _ = backend.values(of: Tensor(product.output.storage, offset: 0, rows: 1, columns: 1))
                if !warmUp {
                    let (seconds, attoseconds) = (clock.now - begin).components
                    times[place].append(Double(seconds) + Double(attoseconds) / 1e18)
                }
            }
            warmUp = false
        }
        let flops = shapes.reduce(0.0) { $0 + 2 * Double(rows) * Double($1.outputs) * Double($1.inputs) }
        return flops / times.reduce(0) { $0 + $1.sorted()[$1.count / 2] }
    }
}
