import BackendCPU
import CheckpointIO
import FineTuning
import Inference
import JSONCore
import Platform
import TestSupport
import Testing
import TransformerModels

@Suite struct ModelMergerTests {
    private let backend = CPUBackend(threads: 1)

    private func trained() throws -> TinyRun {
        let run = try TinyRun()
        run.config.targetModules = ["all-linear"]
        try run.train()
        return run
    }

    @Test func `the merged model is a whole classifier with the same weights' effect`() throws {
        let run = try trained()
        let checkpoint = run.path + "/best"
        let classifier = try Classifier.load(checkpoint, backend: backend)
        let merged = run.directory("merged")
        try ModelMerger.merge(classifier, from: checkpoint, to: merged)
        #expect(
            try Directory.names(in: merged)
                == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
        let config = try JSONParser.parse(try run.directory.read("merged/config.json"))
        #expect(config["architectures"] == ["LlamaForSequenceClassification"])
        #expect(config["dtype"] == "float32" && config["torch_dtype"] == nil)
        let file = try SafetensorsFile(path: merged + "/model.safetensors")
        let base = try SafetensorsFile(path: run.directory("base/model.safetensors"))
        let apr = try APRFile(path: checkpoint + "/model.apr")
        #expect(Set(file.orderedNames) == Set(base.orderedNames + ["score.weight"]))
        #expect(try file.floats(of: "score.weight") == apr.floats(of: "score.weight"))
        #expect(
            try file.floats(of: "model.embed_tokens.weight") == base.floats(of: "model.embed_tokens.weight"))

        // W + alpha/r B A, entry by entry.
        let a = try apr.floats(of: "lora.1.down_proj.lora_a")
        let b = try apr.floats(of: "lora.1.down_proj.lora_b")
        let before = try base.floats(of: "model.layers.1.mlp.down_proj.weight")
        let after = try file.floats(of: "model.layers.1.mlp.down_proj.weight")
        var largest: Float = 0
        for row in 0..<32 {
            for column in 0..<48 {
                let delta = (0..<4).reduce(Float(0)) { $0 + b[row * 4 + $1] * a[$1 * 48 + column] }
                largest = max(largest, abs(delta))
                #expect(abs(after[row * 48 + column] - before[row * 48 + column] - 2 * delta) < 1e-5)
            }
        }
        #expect(largest > 1e-3)
    }

    @Test func `bfloat16 halves the file`() throws {
        let run = try trained()
        let classifier = try Classifier.load(run.path + "/best", backend: backend)
        try ModelMerger.merge(
            classifier, from: run.path + "/best", to: run.directory("merged"), precision: .bfloat16)
        let file = try SafetensorsFile(path: run.directory("merged/model.safetensors"))
        #expect(file.tensors.values.allSatisfy { $0.dtype == .bfloat16 })
    }

    @Test func `merged weights never go into the checkpoint's or the base's directory`() throws {
        let run = try trained()
        let checkpoint = run.path + "/best"
        let classifier = try Classifier.load(checkpoint, backend: backend)
        for destination in [checkpoint, checkpoint + "/", run.directory("base"), run.path + "/../run/best"] {
            #expect(throws: (any Error).self) {
                try ModelMerger.merge(classifier, from: checkpoint, to: destination)
            }
        }
        #expect(CheckpointVerifier.verify(directory: checkpoint).isValid)
    }
}
