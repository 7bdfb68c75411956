public import CheckpointIO
import Platform
import TensorCore

extension SequenceClassifier {
    /// Sets adapters and head from a file, named as PEFT names them (`adapter_model.safetensors`) or as this project
    /// does (`model.safetensors`).
    ///
    /// - Throws: `ModelError` when a trained tensor is missing, has another shape, or the file holds an adapter tensor
    ///   that is not part of this classifier: nothing is skipped silently.
    public func loadWeights(from file: SafetensorsFile) throws {
        let naming = base.config.architecture.names.adapters
        var names: [String: String] = [:]
        for name in file.orderedNames { names[naming.name(peftKey: name) ?? name] = name }
        do {
            try store.install(in: .parameters) { slot in
                guard let name = names.removeValue(forKey: slot.name), let info = file.tensors[name] else {
                    return nil
                }
                return (info.shape, try file.floats(of: name))
            }
        } catch ParameterStore.Mismatch.missing(let name) {
            throw ModelError.missingTensor(path: file.file.path, tensor: naming.peftKey(name: name) ?? name)
        } catch ParameterStore.Mismatch.wrongShape(let name, let shape, let expected) {
            throw ModelError.wrongShape(
                path: file.file.path, tensor: naming.peftKey(name: name) ?? name, shape: shape,
                expected: expected)
        }
        // Empty tensors are this project's guard against loading the directory as a full model.
        let surplus = names.values.filter { file.tensors[$0]?.elementCount != 0 }.sorted()
        guard surplus.isEmpty else {
            throw ModelError.adapter(
                reason: """
                    \(file.file.path): \(surplus[0]) is not part of the model; \
                    adapter_config.json and the weights do not belong together
                    """)
        }
    }
}
