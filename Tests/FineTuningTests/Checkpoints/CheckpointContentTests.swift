import CheckpointIO
import FileHashing
import FineTuning
import JSONCore
import Platform
import TestSupport
import Testing

@Suite struct CheckpointContentTests {
    private static let files = [
        "README.md", "adapter_config.json", "adapter_model.safetensors", "config.json", "manifest.json",
        "metadata.json", "model.apr", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "training_state.apr",
    ]

    private func json(_ run: TinyRun, _ name: String) throws -> JSONObject {
        try #require(try JSONParser.parse(try run.directory.read("run/best/\(name)")).object)
    }

    @Test(arguments: [false, true])
    func `a checkpoint has exactly its files and is valid, and best has a state if wanted`(
        keepsState: Bool
    ) throws {
        let run = try TinyRun()
        run.config.saveEvery = 1
        run.config.keepOptimizerState = keepsState
        try run.train()
        for name in try RunDirectory.checkpoints(in: run.path) {
            let path = "\(run.path)/\(name.directoryName)"
            let hasState = name != .best || keepsState
            #expect(
                try Directory.names(in: path)
                    == Self.files.filter { hasState || $0 != "training_state.apr" })
            let report = CheckpointVerifier.verify(directory: path)
            #expect(report.isValid && report.isResumable == hasState && report.unlistedFiles.isEmpty)
        }
    }

    @Test func `model safetensors holds our names and the guard, model apr the same without it`() throws {
        let run = try TinyRun()
        try run.train()
        let safetensors = try SafetensorsFile(path: run.path + "/best/model.safetensors")
        let apr = try APRFile(path: run.path + "/best/model.apr")
        var names = ["score.weight"]
        for layer in 0..<2 {
            for module in ["q_proj", "v_proj"] {
                names += ["a", "b"].map { "lora.\(layer).\(module).lora_\($0)" }
            }
        }
        #expect(apr.orderedNames == names.sorted())
        #expect(safetensors.orderedNames.sorted() == (names + ["model.norm.weight"]).sorted())
        #expect(try safetensors.tensor("model.norm.weight").shape == [0])
        #expect(try safetensors.tensor("score.weight").shape == [2, 32])
        #expect(try safetensors.tensor("lora.1.v_proj.lora_a").shape == [4, 32])
        #expect(try safetensors.tensor("lora.1.v_proj.lora_b").shape == [16, 4])
        let peft = try SafetensorsFile(path: run.path + "/best/adapter_model.safetensors")
        #expect(peft.metadata == ["format": "pt"])
        for name in names {
            #expect(try safetensors.floats(of: name) == apr.floats(of: name))
            let key = try #require(AdapterNaming.decoder.peftKey(name: name))
            #expect(try safetensors.floats(of: name) == peft.floats(of: key))
        }
        #expect(peft.orderedNames.count == names.count)
    }

    @Test func `the configuration is the base's with what makes it a classifier`() throws {
        let run = try TinyRun()
        try run.train()
        let config = try json(run, "config.json")
        let base = try #require(
            try JSONParser.parse(try run.directory.read("base/config.json")).object)
        let changed = [
            "architectures", "id2label", "label2id", "num_labels", "pad_token_id", "problem_type",
        ]
        for member in base where !changed.contains(member.key) { #expect(config[member.key] == member.value) }
        #expect(config["architectures"] == ["LlamaForSequenceClassification"])
        #expect(config["id2label"] == ["0": "safe", "1": "unsafe"])
        #expect(config["label2id"] == ["safe": 0, "unsafe": 1])
        #expect(config["num_labels"] == 2)
        #expect(config["pad_token_id"] == 257)
        #expect(config["problem_type"] == "single_label_classification")
    }

    @Test func `the adapter's configuration is PEFT's`() throws {
        let run = try TinyRun()
        try run.train()
        let config = try json(run, "adapter_config.json")
        #expect(config["peft_type"] == "LORA" && config["task_type"] == "SEQ_CLS")
        #expect(config["r"] == 4 && config["lora_alpha"] == 8)
        #expect(config["target_modules"] == ["q_proj", "v_proj"])
        #expect(config["base_model_name_or_path"]?.string?.hasSuffix("/base") == true)
        #expect(config["base_model_name_or_path"]?.string?.hasPrefix("/") == true)
    }

    @Test func `weight files hold no path, time or host`() throws {
        let run = try TinyRun()
        try run.train()
        for file in ["model.safetensors", "model.apr", "adapter_model.safetensors"] {
            let text = String(decoding: try run.directory.read("run/best/\(file)"), as: UTF8.self)
            for word in [run.directory.path, "per_second", "seconds", "hostname"] {
                let isThere = text.contains(word)
                #expect(!isThere, "\(file) holds \(word)")
            }
            // The format requires the key.
            let isTimed = text.contains("created_at") && !text.contains("\"created_at\":null")
            #expect(!isTimed)
        }
        let metadata = try json(run, "metadata.json")
        for key in [
            "schema_version", "epoch", "step", "train_loss", "train_accuracy", "val_loss", "val_accuracy",
            "learning_rate", "samples_per_second", "class_weights", "seed", "data_hash", "versions",
        ] { #expect(metadata[key] != nil, "\(key)") }
    }

    @Test func `a pad token that the base lacks is filled in on both sides`() throws {
        let run = try TinyRun(namesPadToken: false)
        try run.train()
        #expect(try json(run, "config.json")["pad_token_id"] == 256)
        #expect(try json(run, "tokenizer_config.json")["pad_token"] == "<|endoftext|>")
    }

    @Test func `the card loads the checkpoint and the base by what they are called`() throws {
        let run = try TinyRun()
        try run.train()
        let card = String(decoding: try run.directory.read("run/best/README.md"), as: UTF8.self)
        for line in [
            "labels = [\"safe\",\"unsafe\"]", "num_labels=len(labels),",
            "base.config.pad_token_id = tokenizer.pad_token_id", "(best) |",
        ] { #expect(card.contains(line), "\(line)") }
        #expect(card.contains("checkpoint = \"") && card.contains("/run/best\""))
    }

    @Test func `the base is known by the hash of its weights`() throws {
        let run = try TinyRun()
        try run.train()
        let apr = try APRFile(path: run.path + "/best/model.apr")
        let hash = try FileHash.sha256(path: run.directory("base/model.safetensors"), cache: nil)
        #expect(apr.metadata["base_model"]?["files"]?["model.safetensors"]?.string == hash)
        #expect(apr.metadata["base_model"]?["name"]?.string == "base")
    }
}
