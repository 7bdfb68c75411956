import CheckpointIO
import JSONCore
import Platform
import TestSupport
import Testing

/// Damaged files give an error or a file that can be read to the end; never a trap.
@Suite struct FormatFuzzTests {
    private static let cases = 24_000

    /// Good files of different kinds for the mutations to start from.
    private static func safetensorsSeeds() throws -> [[UInt8]] {
        var mixed = MemorySink()
        let declarations = DType.allCases.map {
            TensorDeclaration(name: "t.\($0.rawValue)", dtype: $0, shape: [1, 3])
        }
        try SafetensorsWriter.write(declarations, metadata: ["format": "pt"], to: &mixed) {
            try $1.write([UInt8](repeating: 5, count: 3 * $0.dtype.byteCount))
        }
        let small = try SafetensorsWriter.encode([NamedTensor(name: "w", shape: [2], values: [1, 2])])
        return [mixed.bytes, small]
    }

    @Test func `damaged safetensors files never trap`() throws {
        let seeds = try Self.safetensorsSeeds()
        var mutator = ByteMutator(seed: 1)
        var accepted = 0
        for number in 0..<Self.cases {
            let mapped = MappedFile(bytes: mutator.mutate(seeds[number % seeds.count]), path: "f")
            guard let file = try? SafetensorsFile(file: mapped) else { continue }
            accepted += 1
            for name in file.orderedNames where try file.tensor(name).dtype.isFloatingPoint {
                #expect(try file.floats(of: name).count == file.tensor(name).elementCount)
            }
        }
        // Mutations of payload bytes leave a good file; if none did, nothing behind the header was reached.
        #expect(accepted > 100)
    }

    @Test func `damaged APR files never trap`() throws {
        let seeds = [APRGolden.smallest, APRGolden.complete]
        var mutator = ByteMutator(seed: 2)
        var accepted = 0
        for number in 0..<Self.cases {
            var bytes = mutator.mutate(seeds[number % seeds.count])
            // Without repaired checksums every case would end at the first check.
            if number % 8 != 0 { Self.repairChecksums(&bytes) }
            guard let file = try? APRFile(file: MappedFile(bytes: bytes, path: "f")) else { continue }
            accepted += 1
            for name in file.orderedNames where try file.tensor(name).dtype.readable != nil {
                #expect(try file.floats(of: name).count == file.tensor(name).elementCount)
            }
        }
        #expect(accepted > 100)
    }

    @Test func `damaged manifests, adapter configurations and indexes never trap`() throws {
        let manifest = Manifest([.init(name: "a", byteCount: 1, sha256: String(repeating: "0", count: 64))])
            .encoded()
        var config = AdapterConfig(baseModelNameOrPath: "base", rank: 8, loraAlpha: 16)
        config.targetModules = .pattern(#"model\.layers\.\d+\.(self_attn|mlp)\.([qv]_proj|up_proj){1,2}"#)
        config.rankPattern = [.init(pattern: "^.*q_proj$", value: 4)]
        let adapter = config.encoded()
        let index = Array(#"{"metadata":{"total_size":8},"weight_map":{"a":"m.safetensors"}}"#.utf8)
        var mutator = ByteMutator(seed: 3)
        for _ in 0..<Self.cases {
            _ = try? Manifest(bytes: mutator.mutate(manifest), path: "f")
            if let index = try? ShardIndex(file: MappedFile(bytes: mutator.mutate(index), path: "f")) {
                #expect(index.shards.allSatisfy(FileName.isPlain))
            }
            if let config = try? AdapterConfig(bytes: mutator.mutate(adapter), path: "f") {
                let matcher = try AdapterMatcher(config)
                #expect(matcher.rank(of: "model.layers.0.self_attn.q_proj") >= 1)
                _ = matcher.targets("model.layers.0.self_attn.q_proj")
            }
        }
    }

    private static func repairChecksums(_ bytes: inout [UInt8]) {
        guard bytes.count >= 68 else { return }
        bytes.replaceSubrange(
            40..<44, with: APRImage.little(APRImage.checksum(Array(bytes[..<40] + bytes[44..<64]))))
        bytes.replaceSubrange(
            (bytes.count - 4)..., with: APRImage.little(APRImage.checksum(Array(bytes.dropLast(4)))))
    }
}
