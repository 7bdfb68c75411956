import Backends
import CheckpointIO
import ClassificationData
import Foundation
import JSONCore
import Platform
import TensorCore
import TransformerModels

/// `initial`: the adapter before the first step, and which rows every batch of a run has, so that HF Trainer can be
/// given the same start and the same batches.
enum InitialCommand {
    static func run(_ arguments: [String]) throws -> Bool {
        guard arguments.first == "initial", arguments.count == 5 else { return false }
        let (base, data, output) = (arguments[1], arguments[2], arguments[4])
        let request = try MappedFile(path: arguments[3]).withUnsafeBytes { try JSONParser.parse($0) }
        let seed = UInt64(request["seed"]?.int ?? 42)
        let dataset = try ClassifyDataset.load(path: data)
        let split = try DatasetSplit(
            dataset, validationShare: request["val_split"]?.double ?? 0.2, seed: seed)
        let order = try EpochOrder(split, of: dataset, seed: seed, oversample: false)
        let batchSize = request["batch_size"]?.int ?? 16
        let epochs = (0..<(request["epochs"]?.int ?? 1)).map { epoch -> JSONValue in
            let rows = order.indices(inEpoch: epoch).map { JSONValue($0) }
            return JSONValue(
                stride(from: 0, to: rows.count, by: batchSize).map {
                    JSONValue(Array(rows[$0..<min($0 + batchSize, rows.count)]))
                })
        }
        let batches: JSONObject = [
            "train": JSONValue(split.train.map { JSONValue($0) }),
            "validation": JSONValue(split.validation.map { JSONValue($0) }), "epochs": JSONValue(epochs),
            "labels": JSONValue(dataset.labels.names),
        ]
        try FileManager.default.createDirectory(
            atPath: output + "/adapter", withIntermediateDirectories: true)
        try write(JSONValue(batches).encoded(), to: output + "/batches.json")

        let adapter = AdapterConfig(
            baseModelNameOrPath: base, rank: request["rank"]?.int ?? 16,
            loraAlpha: request["alpha"]?.double ?? 32,
            targetModules: .list(
                request["target_modules"]?.array?.compactMap(\.string) ?? ["q_proj", "v_proj"]))
        let model = try BaseModel.load(directory: base, backend: try Device.cpu.makeBackend())
        let classifier = try SequenceClassifier(
            base: model, numLabels: dataset.labels.count, adapter: adapter, seed: seed)
        let store = classifier.store
        store.synchronize()
        let tensors = store.slots.map {
            NamedTensor(
                name: AdapterNaming.decoder.peftKey(name: $0.name) ?? $0.name, shape: $0.shape,
                values: store.hostValues(of: $0, in: .parameters))
        }
        try Data(try SafetensorsWriter.encode(tensors, metadata: ["format": "pt"])).write(
            to: URL(fileURLWithPath: output + "/adapter/adapter_model.safetensors"))
        try write(adapter.encoded(), to: output + "/adapter/" + AdapterConfig.fileName)
        return true
    }

    private static func write(_ text: some Sequence<UInt8>, to path: String) throws {
        try Data(text).write(to: URL(fileURLWithPath: path))
    }

    private static func write(_ text: String, to path: String) throws { try write(text.utf8, to: path) }
}
