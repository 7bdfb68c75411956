import ModelImport
import TestSupport
import Testing

@Suite("Damaged GGUF files")
struct GGUFFuzzTests {
    @Test func `20,000 damaged files are read or refused, and what is read can be decoded`() {
        let good = TinyModel.builder().bytes
        var mutator = ByteMutator(seed: 11)
        var accepted = 0
        for _ in 0..<20_000 {
            let bytes = mutator.mutate(good)
            bytes.withUnsafeBytes { bytes in
                guard let header = try? GGUFHeader.parse(bytes) else { return }
                accepted += 1
                for tensor in header.tensors where tensor.type.isDecodable {
                    let stored = UnsafeRawBufferPointer(
                        rebasing: bytes[tensor.offset..<tensor.offset + tensor.byteCount])
                    var floats = [Float](repeating: 0, count: tensor.elementCount)
                    floats.withUnsafeMutableBufferPointer {
                        Dequantization.decode(stored, type: tensor.type, into: $0)
                    }
                }
            }
        }
        // Damage to weights and texts leaves a valid file; damage to lengths does not.
        #expect(accepted > 1_000 && accepted < 19_000)
    }

    @Test(arguments: ["gpt2", "llama"])
    func `4,000 damaged models are convertible or refused`(tokenizer: String) throws {
        var builder = TinyModel.builder()
        // Weights are not read here; most are left out, so that the damage hits the rest.
        builder.set("tokenizer.ggml.model", .string(tokenizer))
        builder.set("tokenizer.ggml.scores", .floats(TinyModel.tokens.indices.map { -Float($0) }))
        if tokenizer == "llama" { builder.set("tokenizer.ggml.merges", nil) }
        let good = builder.bytes
        let directory = try TemporaryDirectory()
        var mutator = ByteMutator(seed: 12)
        var (accepted, refused) = (0, 0)
        for _ in 0..<4_000 {
            let path = try directory.write(mutator.mutate(good), to: "model.gguf")
            do {
                try GGUFImporter.check(GGUFFile(path: path))
                accepted += 1
            } catch is ImportError {
                refused += 1
            }
        }
        #expect(accepted > 100 && refused > 1_000)
    }
}
