import Platform

/// Logistic regression with scikit-learn's defaults: `C=1`, an intercept that is not penalised.
///
/// The objective is half the squared norm of the weights plus the sum of the rows' log losses. It has one minimum,
/// which does not depend on who finds it: here L-BFGS with the gradient's norm as its end.
struct LogisticRegression: Sendable {
    /// How scores become probabilities.
    enum Link: Sendable {
        /// One class applies: the softmax over all.
        case softmax
        /// Each class applies or not: a logistic function each.
        case sigmoid
    }

    private let link: Link
    private let outputs: Int
    /// `[columns + 1, outputs]`: the weights, and the intercepts last.
    private let parameters: [Double]

    /// The steps of L-BFGS remember so many earlier ones.
    static let memory = 6

    /// Fits.
    ///
    /// - Parameters:
    ///   - targets: `[rows, outputs]`, 1 where a class applies and 0 elsewhere.
    init(_ rows: SparseRows, targets: [Double], columnCount: Int, outputs: Int, link: Link) {
        self.link = link
        self.outputs = outputs
        var minimum = LimitedMemoryMinimizer(dimension: (columnCount + 1) * outputs, memory: Self.memory)
        // The objective bends at least as much as half the squared norm, so weights are no further from the minimum
        // than the gradient is long, and scores of a row no further than that times its length.
        minimum.run(gradientNorm: 1e-5, iterationLimit: 1_000) { parameters, gradient in
            Self.objective(
                parameters, &gradient, rows, targets: targets, columnCount: columnCount, outputs: outputs,
                link: link)
        }
        parameters = minimum.point
    }

    /// The probabilities, `[rows, outputs]`.
    func probabilities(_ rows: SparseRows) -> [Double] {
        var result = [Double](repeating: 0, count: rows.count * outputs)
        parameters.withUnsafeBufferPointer { parameters in
            result.withUnsafeMutableBufferPointer { result in
                for row in 0..<rows.count {
                    let scores = UnsafeMutableBufferPointer(
                        rebasing: result[row * outputs..<(row + 1) * outputs])
                    Self.score(rows, row, parameters, into: scores)
                    _ = Self.normalize(scores, link: link)
                }
            }
        }
        return result
    }

    private static func objective(
        _ parameters: [Double], _ gradient: inout [Double], _ rows: SparseRows, targets: [Double],
        columnCount: Int, outputs: Int, link: Link
    ) -> Double {
        let penalised = columnCount * outputs
        var value = 0.0
        for index in 0..<penalised {
            value += parameters[index] * parameters[index] / 2
            gradient[index] = parameters[index]
        }
        for index in penalised..<parameters.count { gradient[index] = 0 }
        var residuals = [Double](repeating: 0, count: outputs)
        parameters.withUnsafeBufferPointer { parameters in
            gradient.withUnsafeMutableBufferPointer { gradient in
                residuals.withUnsafeMutableBufferPointer { residuals in
                    for row in 0..<rows.count {
                        score(rows, row, parameters, into: residuals)
                        for output in 0..<outputs {
                            value -= targets[row * outputs + output] * residuals[output]
                        }
                        value += normalize(residuals, link: link)
                        for output in 0..<outputs { residuals[output] -= targets[row * outputs + output] }
                        for element in rows.starts[row]..<rows.starts[row + 1] {
                            let start = rows.columns[element] * outputs
                            let weight = rows.values[element]
                            for output in 0..<outputs {
                                gradient[start + output] += weight * residuals[output]
                            }
                        }
                        for output in 0..<outputs { gradient[penalised + output] += residuals[output] }
                    }
                }
            }
        }
        return value
    }

    /// The scores of a row.
    private static func score(
        _ rows: SparseRows, _ row: Int, _ parameters: UnsafeBufferPointer<Double>,
        into scores: UnsafeMutableBufferPointer<Double>
    ) {
        let outputs = scores.count
        let intercepts = parameters.count - outputs
        for output in 0..<outputs { scores[output] = parameters[intercepts + output] }
        for element in rows.starts[row]..<rows.starts[row + 1] {
            let start = rows.columns[element] * outputs
            let value = rows.values[element]
            for output in 0..<outputs { scores[output] += value * parameters[start + output] }
        }
    }

    /// Turns scores into probabilities, and returns the logarithm of what they were divided by.
    private static func normalize(_ scores: UnsafeMutableBufferPointer<Double>, link: Link) -> Double {
        switch link {
        case .softmax:
            let highest = scores.max() ?? 0
            var sum = 0.0
            for output in scores.indices {
                scores[output] = exp(scores[output] - highest)
                sum += scores[output]
            }
            for output in scores.indices { scores[output] /= sum }
            return highest + log(sum)
        case .sigmoid:
            var total = 0.0
            for output in scores.indices {
                let score = scores[output]
                // Powers of e that are not positive cannot overflow.
                let power = exp(-abs(score))
                scores[output] = score >= 0 ? 1 / (1 + power) : power / (1 + power)
                total += max(score, 0) + log1p(power)
            }
            return total
        }
    }
}
