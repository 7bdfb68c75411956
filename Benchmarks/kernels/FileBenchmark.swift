import CheckpointIO
import JSONCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Loading weights and saving checkpoints.
enum FileBenchmark {
    /// Opens a model's weights, reads every tensor where it lies, and widens all of them into memory of its own.
    static func load(_ arguments: inout Arguments) throws -> JSONObject {
        let directory = try arguments.required("MODEL_DIR")
        let open = try Timing.median { _ = try ShardedSafetensors(directory: directory) }
        let source = try ShardedSafetensors(directory: directory)
        var bytes = 0
        var check: UInt64 = 0
        let read = try Timing.median(seconds: 1) {
            bytes = 0
            check = 0
            for name in source.orderedNames {
                try source.withBytes(of: name) { tensor in
                    bytes += tensor.count
                    for index in stride(from: 0, to: tensor.count & ~7, by: 8) {
                        check ^= tensor.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    }
                }
            }
        }
        let largest = source.tensors.values.map(\.elementCount).max() ?? 0
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: largest)
        defer { memory.deallocate() }
        let widen = try Timing.median(seconds: 1) {
            for name in source.orderedNames {
                let count = source.tensors[name]?.elementCount ?? 0
                try source.read(name, into: UnsafeMutableBufferPointer(rebasing: memory[..<count]))
            }
        }
        let copies = [UInt8](repeating: 1, count: 1 << 28)
        var target = [UInt8](repeating: 0, count: 1 << 28)
        let copy = Timing.median {
            target.withUnsafeMutableBytes { target in
                copies.withUnsafeBytes { target.copyMemory(from: $0) }
            }
        }
        return [
            "bytes": JSONValue(bytes), "check": .string(String(check, radix: 16)), "open_s": JSONValue(open),
            "read_gb_per_s": JSONValue(Double(bytes) / read / 1e9),
            "widen_gb_per_s": JSONValue(Double(bytes) / widen / 1e9),
            "memcpy_gb_per_s": JSONValue(Double(copies.count) / copy / 1e9),
        ]
    }

    /// Writes a directory as a checkpoint is written, in turns with the same bytes written and synchronised plainly.
    static func save(_ arguments: inout Arguments) throws -> JSONObject {
        let directory = try arguments.required("DIRECTORY")
        let count = try arguments.integer("--megabytes", default: 64) << 18
        let tensor = NamedTensor(
            name: "score.weight", shape: [count], values: RandomValues.uniform(count, seed: 3))
        let bytes = try SafetensorsWriter.encode([tensor])
        var (ours, plain): ([Double], [Double]) = ([], [])
        for _ in 0..<7 {
            ours.append(
                try Timing.once {
                    let writer = try CheckpointDirectoryWriter(destination: directory + "/checkpoint")
                    try writer.add(name: "model.safetensors") {
                        try SafetensorsWriter.write([tensor], to: &$0)
                    }
                    try writer.commit()
                })
            plain.append(try Timing.once { try writePlainly(bytes, to: directory + "/plain") })
        }
        guard CheckpointVerifier.verify(directory: directory + "/checkpoint").isValid else {
            throw BenchmarkError("the checkpoint that was written is not valid")
        }
        let (save, write) = (ours.sorted()[3], plain.sorted()[3])
        return [
            "bytes": JSONValue(bytes.count), "save_s": JSONValue(save), "write_fsync_s": JSONValue(write),
            "ratio": JSONValue(save / write),
        ]
    }

    private static func writePlainly(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { throw BenchmarkError("\(path): cannot be written") }
        defer { close(file) }
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let written = write(file, rest.baseAddress, min(rest.count, 1 << 20))
                guard written > 0 else { throw BenchmarkError("\(path): cannot be written") }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
        guard fsync(file) == 0 else { throw BenchmarkError("\(path): cannot be synchronised") }
    }
}
