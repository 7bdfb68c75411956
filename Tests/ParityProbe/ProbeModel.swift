import Backends
import CheckpointIO
import JSONCore
import LazyBackend
import TensorCore
import TransformerModels

/// A base with a PEFT adapter, and the results of a pass over an effective batch.
struct ProbeModel {
    let classifier: SequenceClassifier
    let request: ProbeRequest
    let workspace: Workspace
    let padTokenID: Int32?

    init(base: String, adapter: String, request path: String) throws {
        let weights = try SafetensorsFile(path: adapter + "/adapter_model.safetensors")
        let document = try ProbeRequest.document(path: path)
        let backend: any Backend =
            document["backend"]?.string == "lazy-bf16"
            ? LazyBackend() : try Device.cpu.makeBackend(threads: document["threads"]?.int ?? 2)
        let model = try BaseModel.load(
            directory: base, backend: backend, architectures: Architecture.all + [.bert])
        let naming = model.config.architecture.names.adapters
        let numLabels = try weights.tensor(naming.peftKey(name: naming.headName) ?? "").shape[0]
        request = ProbeRequest(document: document, numLabels: numLabels)
        classifier = try SequenceClassifier(
            base: model, numLabels: numLabels, adapter: try AdapterConfig(directory: adapter), seed: 0)
        try classifier.loadWeights(from: weights)
        workspace = backend.makeWorkspace()
        padTokenID = request.document["pad_token_id"]?.int.map(Int32.init) ?? model.config.padTokenID
    }

    /// Logits in evaluation mode, `[rows, K]` in the order of the rows.
    func logits(_ batch: ProbeRequest.Batch) throws -> [Float] {
        try gather(batch) { packed, _ in try classifier.logits(packed, workspace: workspace) }
    }

    /// Adds the gradients of an effective batch to the store.
    func forwardBackward(
        _ batch: ProbeRequest.Batch, targets: LossTargets, mask: DropoutMask?
    ) throws -> (loss: Double, logits: [Float]) {
        let totals = classifier.backend.makeLossTotals()
        let K = request.numLabels
        let normalizer = request.loss.normalizer(targets, numLabels: K)
        let logits = try gather(batch) { packed, rows in
            let logits = try classifier.forwardBackward(
                packed, targets: targets.selecting(rows, numLabels: K), loss: request.loss,
                normalizer: normalizer, totals: totals, mask: mask, workspace: workspace)
            return classifier.backend.values(of: logits)
        }
        return (totals.read().loss, logits)
    }

    private func gather(
        _ batch: ProbeRequest.Batch, _ body: (PackedBatch, [Int]) throws -> [Float]
    ) throws -> [Float] {
        let K = request.numLabels
        var all = [Float](repeating: .nan, count: batch.rows.count * K)
        for rows in batch.microBatches {
            let packed = classifier.pack(rows.map { batch.rows[$0] }, padTokenID: padTokenID)
            let values = try body(packed, rows)
            for (index, row) in rows.enumerated() {
                all.replaceSubrange(row * K..<(row + 1) * K, with: values[index * K..<(index + 1) * K])
            }
        }
        return all
    }
}
