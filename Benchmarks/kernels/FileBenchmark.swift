import CheckpointIO
import JSONCore
import Platform

/// Loading weights and saving checkpoints.
enum FileBenchmark {
    /// Opens a model's weights, reads every tensor in the mapping, and widens all of them into other memory.
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

    /// Writes a directory as a checkpoint, alternating with plain writes and syncs of the same bytes.
    ///
    /// The directory has a checkpoint's files: the weights three times, in both formats, moments of twice their size, and
    /// a dozen small ones.
    static func save(_ arguments: inout Arguments) throws -> JSONObject {
        let directory = try arguments.required("DIRECTORY")
        let count = try arguments.integer("--megabytes", default: 64) << 18
        let matrices = 32
        let weights = (0..<matrices).map { number in
            NamedTensor(
                name: "lora.\(number).q_proj.lora_a", shape: [count / 5 / matrices],
                values: RandomValues.uniform(count / 5 / matrices, seed: UInt64(number)))
        }
        let moments =
            weights + weights.map { NamedTensor(name: "v." + $0.name, shape: $0.shape, values: $0.values) }
        let small = [UInt8](repeating: UInt8(ascii: "x"), count: 4_000)
        var (ours, plain): ([Double], [Double]) = ([], [])
        var bytes: [UInt8] = []
        for _ in 0..<9 {
            ours.append(
                try Timing.once {
                    let writer = try CheckpointDirectoryWriter(destination: directory + "/checkpoint")
                    try writer.add(name: "model.safetensors") {
                        try SafetensorsWriter.write(weights, to: &$0)
                    }
                    try writer.add(name: "model.apr") { try APRWriter.write(weights, to: &$0) }
                    try writer.add(name: "adapter_model.safetensors") {
                        try SafetensorsWriter.write(weights, to: &$0)
                    }
                    for number in 0..<10 { try writer.add(name: "small-\(number).json", bytes: small) }
                    try writer.add(name: "training_state.apr") { try APRWriter.write(moments, to: &$0) }
                    try writer.commit()
                })
            if bytes.isEmpty {
                for name in try Directory.names(in: directory + "/checkpoint") {
                    bytes += try MappedFile(path: directory + "/checkpoint/" + name).withUnsafeBytes {
                        Array($0)
                    }
                }
            }
            plain.append(try Timing.once { try writePlainly(bytes, to: directory + "/plain") })
        }
        guard CheckpointVerifier.verify(directory: directory + "/checkpoint").isValid else {
            throw BenchmarkError("the checkpoint that was written is not valid")
        }
        let ratios = zip(ours, plain).map { $0 / $1 }.sorted()
        return [
            "bytes": JSONValue(bytes.count), "save_s": JSONValue(ours.sorted()[4]),
            "write_fsync_s": JSONValue(plain.sorted()[4]), "ratio": JSONValue(ratios[4]),
            "ratios": .array(ratios.map { JSONValue($0) }),
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
