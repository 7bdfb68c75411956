package import CheckpointIO
import ClassificationData
import JSONCore
import Platform

extension TrainingTexts {
    /// The name of the file of a training state in a checkpoint.
    package static let fileName = "training_state.apr"

    /// The texts that a checkpoint was trained on; nil if its training state was removed or is damaged.
    package init?(checkpoint directory: String) {
        guard let file = try? APRFile(path: directory.appendingComponent(Self.fileName)) else { return nil }
        self.init(state: file)
    }

    /// The texts that the run of a checkpoint has been trained on, by the training state in the `last/` beside it; nil
    /// if there is none, or if it is another run's.
    init?(runOf checkpoint: String) {
        func runID(_ directory: String) -> String? {
            TokenizerFiles.object("metadata.json", in: directory)?["run_id"]?.string
        }
        let newest = checkpoint.parentDirectory.appendingComponent("last")
        guard let ours = runID(checkpoint), runID(newest) == ours else { return nil }
        self.init(checkpoint: newest)
    }

    /// The texts that a training state names; nil if it names none.
    init?(state file: APRFile) {
        guard let values = try? file.floats(of: Self.tensorName) else { return nil }
        self.init(values: values)
    }

    /// The tensor's name in a training state.
    package static let tensorName = "training_texts"

    /// The hashes as a tensor `[texts, 4]` of their four 16-bit parts, the highest first, which single precision
    /// holds exactly; nil if there are none. (Metadata could hold only half a million.)
    package var tensor: NamedTensor? {
        guard count > 0 else { return nil }
        var values: [Float] = []
        values.reserveCapacity(4 * count)
        var digits = Substring(hexadecimal)
        while !digits.isEmpty {
            values.append(Float(UInt16(digits.prefix(4), radix: 16) ?? 0))
            digits = digits.dropFirst(4)
        }
        return NamedTensor(name: Self.tensorName, shape: [count, 4], values: values)
    }

    /// Reads the values of `tensor` back; nil if they are invalid.
    package init?(values: [Float]) {
        var text = ""
        for value in values {
            guard let part = UInt16(exactly: value) else { return nil }
            let digits = String(part, radix: 16)
            text += String(repeating: "0", count: 4 - digits.count) + digits
        }
        self.init(hexadecimal: text)
    }
}
