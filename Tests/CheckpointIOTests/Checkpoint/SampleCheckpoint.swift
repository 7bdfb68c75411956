import CheckpointIO
import Platform
import TestSupport

/// A small checkpoint with one file of every kind that verification distinguishes.
enum SampleCheckpoint {
    /// Writes a checkpoint whose files say which one it is; by default without waiting for the disk.
    @discardableResult
    static func write(
        _ marker: Float, to destination: String, fileSystem: any FileSystem = FaultInjectingFileSystem()
    ) throws -> CheckpointDirectoryWriter.Outcome {
        let tensor = NamedTensor(name: "score.weight", shape: [2, 2], values: [marker, 2, 3, 4])
        let writer = try CheckpointDirectoryWriter(destination: destination, fileSystem: fileSystem)
        try writer.add(name: "model.safetensors") { sink in
            try SafetensorsWriter.write([tensor], metadata: ["format": "pt"], to: &sink)
        }
        try writer.add(name: "model.apr", bytes: try APRWriter.encode([tensor]))
        try writer.add(name: "config.json", text: "{}")
        try writer.add(name: "README.md", text: "# model \(marker)\n")
        try writer.add(name: "training_state.apr", bytes: try APRWriter.encode([]))
        return try writer.commit()
    }

    /// Which checkpoint is there; nil when it is not valid.
    static func marker(at path: String) -> Float? {
        guard CheckpointVerifier.verify(directory: path).isValid else { return nil }
        let file = try? SafetensorsFile(path: path.appendingComponent("model.safetensors"))
        return try? file?.floats(of: "score.weight").first
    }
}
