import Evaluation
import JSONCore
import TensorCore
import TransformerModels

/// The time of a run's steps by operation, compared with the speed of the machine's matrix products.
struct StepProfile {
    /// The time by operation and pass.
    let result: OperationProfile.Result
    /// The number of tokens of the steps.
    let tokens: Int
    /// The floating-point operations that a token costs at least: twice forward and twice backward per weight.
    let flopsPerToken: Double
    /// The rate of matrix products of the model's shapes, in FLOP/s, measured after the run.
    let productRate: Double

    /// - Throws: `BackendError` when there is no room for measuring the products.
    init(_ result: OperationProfile.Result, tokens: Int, base: BaseModel) throws {
        self.result = result
        self.tokens = tokens
        flopsPerToken = 4 * Double(base.nonEmbeddingParameterCount)
        productRate = try base.productRate()
    }

    private var tokensPerSecond: Double { result.seconds > 0 ? Double(tokens) / result.seconds : 0 }
    private var limit: Double { flopsPerToken > 0 ? productRate / flopsPerToken : 0 }
    private var shareOfLimit: Double { limit > 0 ? tokensPerSecond / limit : 0 }

    /// For people.
    var lines: [String] {
        let steps = Double(max(1, result.steps))
        func milliseconds(_ seconds: Double) -> String {
            seconds > 0 ? NumberFormat.fixed(1000 * seconds / steps, decimals: 1) : ""
        }
        var table = TextTable(header: ["ms per step", "forward", "backward", "update", "share", "GFLOP/s"])
        for operation in shown {
            let passes = OperationProfile.Pass.allCases.map { result[operation, $0] }
            let seconds = result.seconds(operation)
            let flops = passes.reduce(0) { $0 + $1.flops }
            table.add(
                [Self.name(operation)] + passes.map { milliseconds($0.seconds) } + [
                    NumberFormat.percent(seconds / max(result.seconds, .leastNormalMagnitude)),
                    flops > 0 ? NumberFormat.fixed(flops / seconds / 1e9, decimals: 1) : "",
                ])
        }
        let totals = OperationProfile.Pass.allCases.map { pass in
            milliseconds(OperationProfile.Operation.allCases.reduce(0) { $0 + result[$1, pass].seconds })
        }
        table.add(["all"] + totals + ["", ""])
        return table.lines.map { "  " + $0 } + [
            "",
            "  \(NumberFormat.counted(result.steps, "step")), \(NumberFormat.count(tokens)) tokens in \(NumberFormat.duration(result.seconds)): \(NumberFormat.rate(tokensPerSecond)) tokens/s",
            "  matrix products of this model's shapes run at \(NumberFormat.fixed(productRate / 1e9, decimals: 1)) GFLOP/s here, which would be \(NumberFormat.rate(limit)) tokens/s: \(NumberFormat.percent(min(1, shareOfLimit))) of that was reached",
        ]
    }

    /// For programs.
    var json: JSONObject {
        let operations = OperationProfile.Operation.allCases.flatMap { operation in
            OperationProfile.Pass.allCases.compactMap { pass -> JSONValue? in
                let entry = result[operation, pass]
                guard entry.seconds > 0 else { return nil }
                return [
                    "operation": .string(Self.name(operation)), "pass": .string("\(pass)"),
                    "seconds": JSONValue(entry.seconds), "flops": JSONValue(entry.flops),
                    "calls": JSONValue(entry.calls),
                ]
            }
        }
        return [
            "steps": JSONValue(result.steps), "tokens": JSONValue(tokens),
            "seconds": JSONValue(result.seconds), "tokens_per_second": JSONValue(tokensPerSecond),
            "product_flops_per_second": JSONValue(productRate),
            "limit_tokens_per_second": JSONValue(limit), "share_of_limit": JSONValue(shareOfLimit),
            "operations": .array(operations),
        ]
    }

    /// The operations that took any time, the longest first.
    private var shown: [OperationProfile.Operation] {
        OperationProfile.Operation.allCases.filter { result.seconds($0) > 0 }.sorted {
            result.seconds($0) > result.seconds($1)
        }
    }

    private static func name(_ operation: OperationProfile.Operation) -> String {
        switch operation {
        case .embedding: "embedding"
        case .norm: "norms"
        case .products: "frozen products"
        case .adapters: "adapters"
        case .rotary: "rotary embedding"
        case .attention: "attention"
        case .activation: "activation"
        case .residual: "residual sums"
        case .head: "head"
        case .loss: "loss"
        case .clipping: "gradient norm"
        case .optimizer: "optimizer"
        case .batching: "batching"
        case .rest: "everything else"
        }
    }
}
