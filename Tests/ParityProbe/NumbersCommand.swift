import CheckpointIO
import Foundation
import JSONCore
import TensorCore
import TransformerModels

/// `numbers`: logits, loss and every gradient of one effective batch, as a safetensors file.
enum NumbersCommand {
    static func run(_ arguments: [String]) throws -> Bool {
        guard arguments.first == "numbers", arguments.count == 5 else { return false }
        let model = try ProbeModel(base: arguments[1], adapter: arguments[2], request: arguments[3])
        let batch = model.request.batches[0]
        let shape = [batch.rows.count, model.request.numLabels]
        var tensors = [NamedTensor(name: "logits", shape: shape, values: try model.logits(batch))]
        if let targets = batch.labels {
            let mask = model.request.mask(step: model.request.document["step"]?.int ?? 0)
            let (loss, logits) = try model.forwardBackward(batch, targets: targets, mask: mask)
            tensors.append(NamedTensor(name: "train_logits", shape: shape, values: logits))
            tensors.append(NamedTensor(name: "loss", shape: [1], values: [Float(loss)]))
            let store = model.classifier.store
            let naming = model.classifier.base.config.architecture.names.adapters
            for slot in store.slots {
                let key = naming.peftKey(name: slot.name) ?? slot.name
                tensors.append(
                    NamedTensor(
                        name: "grad." + key, shape: slot.shape, values: store.gradientValues(of: slot)))
            }
            if let mask, model.request.document["dump_masks"]?.bool == true {
                // Rows in the order of the request, whatever the packing: the masks must not depend on it.
                let packed = model.classifier.pack(batch.rows, padTokenID: model.padTokenID)
                for entry in dropoutMasks(model.classifier, packed, mask: mask) {
                    tensors.append(
                        NamedTensor(
                            name: "mask." + entry.path, shape: [packed.tokenCount, entry.columns],
                            values: entry.values))
                }
            }
        }
        try Data(try SafetensorsWriter.encode(tensors)).write(to: URL(fileURLWithPath: arguments[4]))
        return true
    }

    /// The dropout masks of every adapted module over a batch's rows, `[T, in]` each, by the module's path: what torch
    /// is given in place of its own.
    private static func dropoutMasks(
        _ model: SequenceClassifier, _ batch: PackedBatch, mask: DropoutMask
    ) -> [(path: String, columns: Int, values: [Float])] {
        let names = model.base.config.architecture.names
        let naming = names.adapters
        return model.store.slots.compactMap { tensor in
            guard let slot = naming.slot(name: tensor.name), slot.matrix == .a,
                let projection = names.projections.first(where: { $0.value == slot.module })?.key
            else { return nil }
            let key = slot.layer * Projection.allCases.count + projection.rawValue
            let values = (0..<batch.tokenCount * tensor.columns).map { element -> Float in
                let (row, feature) = (element / tensor.columns, element % tensor.columns)
                let factors = mask.factors(
                    sample: batch.sampleIDs[row], token: batch.positions[row], module: key,
                    featureBlock: feature / 4)
                return factors[feature % 4]
            }
            return (naming.moduleName(layer: slot.layer, module: slot.module), tensor.columns, values)
        }
    }
}
