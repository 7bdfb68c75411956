import CheckpointIO
import FileHashing
import JSONCore
import Platform

/// What `test_checkpoint_files.py` drives: files are written, read and read back, so that Python can compare.
///
///     parity-probe write-sample-checkpoint DIR
///     parity-probe reencode-safetensors IN OUT        (IN may be a model directory; types are kept)
///     parity-probe safetensors-to-float32 IN OUT      (through the readers' widening)
///     parity-probe apr-from-safetensors IN METADATA.json OUT
///     parity-probe apr-to-json FILE                   (inspection on standard output)
///     parity-probe verify DIR                         (one word a line: valid or invalid, then the problems)
///     parity-probe adapter-config IN OUT              (read and written again)
///     parity-probe match-modules CONFIG NAMES.json    ({name: {"rank", "scaling"} or null} on standard output)
///     parity-probe hash FILE
enum CheckpointCommands {
    /// Carries out a command, or returns false when it is none of these.
    static func run(_ arguments: [String]) throws -> Bool {
        guard let command = arguments.first else { return false }
        let rest = Array(arguments.dropFirst())
        switch (command, rest.count) {
        case ("write-sample-checkpoint", 1): try writeSampleCheckpoint(rest[0])
        case ("reencode-safetensors", 2): try reencode(rest[0], to: rest[1])
        case ("safetensors-to-float32", 2): try widen(rest[0], to: rest[1])
        case ("apr-from-safetensors", 3): try writeAPR(from: rest[0], metadata: rest[1], to: rest[2])
        case ("apr-to-json", 1): print(JSONValue.object(try Inspection.inspect(path: rest[0]).json).encoded())
        case ("verify", 1): verify(rest[0])
        case ("adapter-config", 2): try AtomicFile.write(AdapterConfig(path: rest[0]).encoded(), to: rest[1])
        case ("match-modules", 2): try matchModules(config: rest[0], names: rest[1])
        case ("hash", 1): print(try FileHash.sha256(path: rest[0], cache: nil))
        default: return false
        }
        return true
    }

    /// A checkpoint of a two-layer model with numbers that Python can compute: value i of tensor t is t + i / 64.
    private static func writeSampleCheckpoint(_ directory: String) throws {
        var shapes: [(name: String, shape: [Int])] = [(AdapterNaming.decoder.headName, [3, 8])]
        for layer in 0..<2 {
            for module in [AdapterNaming.decoder.modules[0], AdapterNaming.decoder.modules[2]] {
                shapes.append(
                    (AdapterNaming.decoder.name(.init(layer: layer, module: module, matrix: .a)), [4, 8]))
                shapes.append(
                    (AdapterNaming.decoder.name(.init(layer: layer, module: module, matrix: .b)), [8, 4]))
            }
        }
        let tensors = shapes.enumerated().map { number, entry in
            NamedTensor(
                name: entry.name, shape: entry.shape,
                values: (0..<entry.shape.reduce(1, *)).map { Float(number) + Float($0) / 64 })
        }
        let adapter = tensors.map {
            NamedTensor(
                name: AdapterNaming.decoder.peftKey(name: $0.name) ?? $0.name, shape: $0.shape,
                values: $0.values)
        }
        let config = AdapterConfig(
            baseModelNameOrPath: "example/base", rank: 4, loraAlpha: 8, loraDropout: 0.1)
        let writer = try CheckpointDirectoryWriter(destination: directory)
        try writer.add(name: "model.safetensors") { sink in
            try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: &sink)
        }
        try writer.add(name: "adapter_model.safetensors") { sink in
            try SafetensorsWriter.write(adapter, metadata: ["format": "pt"], to: &sink)
        }
        try writer.add(name: "model.apr") { sink in
            try APRWriter.write(
                tensors, metadata: ["labels": ["no", "yes", "größer"], "epoch": 3, "hidden_size": 8],
                to: &sink)
        }
        try writer.add(name: AdapterConfig.fileName, bytes: config.encoded())
        try writer.add(name: "README.md", text: "# sample\n")
        try writer.commit()
    }

    private static func reencode(_ input: String, to output: String) throws {
        let status = try FileStatus.of(input, followingLinks: true)
        var sink = try FileSink(creating: output)
        if status?.kind == .directory {
            let model = try ShardedSafetensors(directory: input)
            try write(model.tensors, metadata: model.metadata, to: &sink) { name, body in
                try model.withBytes(of: name, body)
            }
        } else {
            let file = try SafetensorsFile(path: input)
            try write(file.tensors, metadata: file.metadata, to: &sink) { name, body in
                try file.withBytes(of: name, body)
            }
        }
        _ = try sink.close()
    }

    private static func write(
        _ tensors: [String: TensorInfo], metadata: [String: String], to sink: inout FileSink,
        _ bytes: (String, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let declarations = tensors.values.map {
            TensorDeclaration(name: $0.name, dtype: $0.dtype, shape: $0.shape)
        }
        try SafetensorsWriter.write(declarations, metadata: metadata, to: &sink) { declaration, sink in
            let target = sink
            try bytes(declaration.name) { try target.write($0) }
        }
    }

    private static func widen(_ input: String, to output: String) throws {
        let file = try SafetensorsFile(path: input)
        let tensors = try file.orderedNames.map { name in
            NamedTensor(name: name, shape: try file.tensor(name).shape, values: try file.floats(of: name))
        }
        var sink = try FileSink(creating: output)
        try SafetensorsWriter.write(tensors, metadata: file.metadata, to: &sink)
        _ = try sink.close()
    }

    private static func writeAPR(from input: String, metadata: String, to output: String) throws {
        let file = try SafetensorsFile(path: input)
        let tensors = try file.orderedNames.map { name in
            NamedTensor(name: name, shape: try file.tensor(name).shape, values: try file.floats(of: name))
        }
        let document = try MappedFile(path: metadata).withUnsafeBytes { try JSONParser.parse($0) }
        var sink = try FileSink(creating: output)
        try APRWriter.write(tensors, metadata: document.object ?? JSONObject(), to: &sink)
        _ = try sink.close()
    }

    private static func verify(_ directory: String) {
        let report = CheckpointVerifier.verify(directory: directory)
        print(report.isValid ? "valid" : "invalid")
        for problem in report.problems { print(problem) }
    }

    private static func matchModules(config: String, names: String) throws {
        let matcher = try AdapterMatcher(AdapterConfig(path: config))
        let document = try MappedFile(path: names).withUnsafeBytes { try JSONParser.parse($0) }
        var result = JSONObject()
        for name in document.array?.compactMap(\.string) ?? [] {
            guard matcher.targets(name) else {
                result[name] = .null
                continue
            }
            result[name] = [
                "rank": JSONValue(matcher.rank(of: name)), "scaling": JSONValue(matcher.scaling(of: name)),
            ]
        }
        print(JSONValue.object(result).encoded())
    }
}
