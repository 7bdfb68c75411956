import JSONCore
import Platform
import TensorCore
import TransformerModels

/// The request of a Python test: see the head of `Tests/Python/support.py`.
struct ProbeRequest {
    /// One effective batch.
    struct Batch {
        let rows: [TokenSequence]
        let labels: LossTargets?
        let microBatches: [[Int]]
    }

    let document: JSONValue
    let loss: LossFunction
    let numLabels: Int
    let batches: [Batch]

    /// Reads a request's file.
    static func document(path: String) throws -> JSONValue {
        let file = try MappedFile(path: path)
        return try file.withUnsafeBytes { try JSONParser.parse($0) }
    }

    init(document: JSONValue, numLabels: Int) {
        self.document = document
        self.numLabels = numLabels
        loss = LossFunction(
            classWeights: document["class_weights"]?.array?.compactMap { $0.double.map(Float.init) },
            labelSmoothing: document["label_smoothing"]?.double ?? 0)
        let budget = document["token_budget"]?.int
        batches = (document["batches"]?.array ?? []).map { Self.batch($0, budget: budget) }
    }

    /// The dropout masks of a step, or nil without dropout.
    func mask(step: Int) -> DropoutMask? {
        guard let probability = document["dropout"]?.double, probability > 0 else { return nil }
        return DropoutMask(
            probability: Float(probability), seed: UInt64(document["dropout_seed"]?.int ?? 42), step: step)
    }

    private static func batch(_ value: JSONValue, budget: Int?) -> Batch {
        let ids = (value["input_ids"]?.array ?? []).map { row in (row.array ?? []).map { Int32($0.int ?? 0) }
        }
        let samples = value["sample_ids"]?.array?.compactMap(\.int) ?? Array(ids.indices)
        let rows = zip(samples, ids).map { TokenSequence(sampleID: $0, inputIDs: $1) }
        let given = value["micro_batches"]?.array?.map { $0.array?.compactMap(\.int) ?? [] }
        return Batch(
            rows: rows, labels: value["labels"]?.array.map(targets),
            microBatches: given ?? budget.map { pack(rows, budget: $0) } ?? [Array(rows.indices)])
    }

    private static func targets(_ labels: [JSONValue]) -> LossTargets {
        if labels.first?.array != nil {
            return .multiLabel(labels.flatMap { ($0.array ?? []).map { Float($0.double ?? 0) } })
        }
        return .classes(labels.map { Int32($0.int ?? 0) })
    }

    private static func pack(_ rows: [TokenSequence], budget: Int) -> [[Int]] {
        var packs: [[Int]] = []
        var room = 0
        for (index, row) in rows.enumerated() {
            if packs.isEmpty || row.inputIDs.count > room {
                packs.append([])
                room = budget
            }
            packs[packs.count - 1].append(index)
            room -= row.inputIDs.count
        }
        return packs
    }
}

extension LossTargets {
    /// The targets of some rows.
    func selecting(_ rows: [Int], numLabels: Int) -> LossTargets {
        switch self {
        case .classes(let classes): .classes(rows.map { classes[$0] })
        case .multiLabel(let flags):
            .multiLabel(rows.flatMap { flags[$0 * numLabels..<($0 + 1) * numLabels] })
        }
    }
}
