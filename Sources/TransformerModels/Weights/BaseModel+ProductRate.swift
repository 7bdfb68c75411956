public import TensorCore

extension BaseModel {
    /// How fast the device multiplies by this model's frozen matrices, in FLOP/s: the limit of training.
    ///
    /// It repeats the products of the first layer's projections over `rows` rows and adds up their median times, so
    /// that each product has the weight it has in training.
    ///
    /// - Parameter seconds: about how long to measure; every product is measured three times at least.
    public func productRate(rows: Int = 2048, seconds: Double = 1.5) throws(BackendError) -> Double {
        guard let layer = layers.first else { return 0 }
        let weights = config.model.projections.compactMap { layer.projections[$0]?.weight }
        var products: [(input: Tensor, weight: WeightMatrix, output: Tensor)] = []
        for weight in weights {
            func tensor(_ columns: Int) throws(BackendError) -> Tensor {
                let storage = try backend.makeStorage(
                    count: rows * columns, elementType: backend.activationType)
                let tensor = Tensor(storage, rows: rows, columns: columns)
                backend.fill(tensor, with: 0.5)
                return tensor
            }
            products.append((try tensor(weight.columns), weight, try tensor(weight.rows)))
        }
        let clock = backend.makeOperationClock()
        var times = [[Double]](repeating: [], count: products.count)
        var total = 0.0
        var warmUp = true
        while warmUp || times[0].count < 3 || total < seconds {
            for (index, product) in products.enumerated() {
                let start = clock.mark()
                backend.product(
                    product.input, product.weight, transposed: true, beta: 0, output: product.output)
                let time = clock.seconds(from: start, to: clock.mark())
                if warmUp { continue }
                times[index].append(time)
                total += time
            }
            warmUp = false
        }
        let flops = weights.reduce(0.0) { $0 + 2 * Double(rows) * Double($1.rows) * Double($1.columns) }
        return flops / times.reduce(0) { $0 + $1.sorted()[$1.count / 2] }
    }
}
