import CheckpointIO
import TensorCore

/// The state of a run at one moment, copied from the device: what a checkpoint stores.
struct CheckpointSnapshot: Sendable {
    /// Where the run stands.
    let progress: TrainingProgress
    /// The trained tensors under this project's names.
    let parameters: [NamedTensor]
    /// AdamW's first moments under the same names.
    let firstMoments: [NamedTensor]
    /// AdamW's second moments under the same names.
    let secondMoments: [NamedTensor]
    /// The recent speed and the elapsed time, for `metadata.json` only.
    let timing: Timing
    /// The full result of the last validation, if there was one; after a resume, the one that the checkpoint kept.
    let validationResult: ValidationResult?

    /// The times of a run.
    struct Timing: Sendable {
        let createdAt: String
        let seconds: Double
        let samplesPerSecond: Double
        let tokensPerSecond: Double
    }

    /// Copies the host's view of a store, which must have been synchronized.
    init(
        store: ParameterStore, progress: TrainingProgress, timing: Timing, validationResult: ValidationResult?
    ) {
        func tensors(_ buffer: ParameterStore.Buffer) -> [NamedTensor] {
            store.slots.map { slot in
                NamedTensor(
                    name: slot.name, shape: slot.shape, values: store.hostValues(of: slot, in: buffer))
            }
        }
        self.progress = progress
        self.timing = timing
        self.validationResult = validationResult
        parameters = tensors(.parameters)
        firstMoments = tensors(.firstMoments)
        secondMoments = tensors(.secondMoments)
    }

    /// The least size of this checkpoint in bytes: the weights three times, and the moments.
    var byteCount: Int {
        4
            * (3 * parameters.reduce(0) { $0 + $1.values.count } + 2
                * firstMoments.reduce(0) { $0 + $1.values.count })
    }
}
