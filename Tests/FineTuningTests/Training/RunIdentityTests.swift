import BackendCPU
import CheckpointIO
import ClassificationData
import Diagnostics
import FineTuning
import Inference
import JSONCore
import Platform
import TestSupport
import Testing
import TransformerModels

/// Everything that decides a result is in the identity of a run and of a checkpoint.
@Suite struct RunIdentityTests {
    private let run: TinyRun

    init() throws {
        run = try TinyRun()
        run.config.loraDropout = 0.1
        try run.train(stoppingAfter: 5)
    }

    private func edit(_ file: String, _ change: (inout JSONObject) -> Void) throws {
        let path = "base/\(file)"
        var object = try #require(try JSONParser.parse(try run.directory.read(path)).object)
        change(&object)
        try run.directory.write(JSONValue.object(object).encoded(.pretty), to: path)
    }

    /// Resumes with the base as it is on disk now.
    @discardableResult
    private func resume(
        _ corpus: ClassifyDataset = TinyRun.corpus, mode: RunMode = .resume,
        onEvent: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingResult {
        let trainer = try ClassifyTrainer.fromPretrained(
            run.directory("base"), config: run.config, backend: CPUBackend(threads: 1))
        return try trainer.train(corpus, mode: mode, onEvent: onEvent)
    }

    private func differences(_ body: () throws -> Void) throws -> [String] {
        do {
            try body()
        } catch TrainingError.resumeMismatch(_, let differences, _) {
            return differences
        }
        return []
    }

    private static let changes: [(String, JSONValue)] = [
        ("rms_norm_eps", 1e-3), ("rope_theta", 5_000.0),
        ("rope_scaling", ["rope_type": "linear", "factor": 2.0]), ("max_position_embeddings", 77),
    ]

    @Test(arguments: changes)
    func `a changed configuration of the base ends resuming and predicting, and is named`(
        key: String, value: JSONValue
    ) throws {
        let before = try TinyRun.weightHashes(run.path)
        try edit("config.json") { $0[key] = value }
        let found = try differences { try resume() }
        #expect(
            found.count == 1 && found[0].hasPrefix("the base model's \(key.replacing("rms_", with: "")) was ")
        )
        #expect(try TinyRun.weightHashes(run.path) == before)
        for checkpoint in ["best", "best/model.apr"] {
            let error = #expect(throws: ClassifierError.self) {
                try Classifier.load(
                    run.path + "/" + checkpoint, base: run.directory("base"), backend: CPUBackend(threads: 1))
            }
            guard case .wrongBaseConfig(_, _, let facts) = error else {
                Issue.record("\(checkpoint): \(String(describing: error))")
                continue
            }
            #expect(facts.count == 1 && facts[0].contains(value.encoded()))
        }
    }

    @Test func `a note in the configuration changes nothing`() throws {
        try edit("config.json") {
            $0["_name_or_path"] = "elsewhere"
            $0["transformers_version"] = "9.9"
            // The other spelling of the same.
            let theta = $0["rope_theta"] ?? 10_000
            $0["rope_theta"] = nil
            $0["rope_parameters"] = ["rope_type": "default", "rope_theta": theta]
        }
        #expect(try resume().reason == .completed)
        _ = try Classifier.load(run.path + "/best", backend: CPUBackend(threads: 1))
    }

    @Test func `a changed file of the tokenizer ends resuming`() throws {
        try edit("tokenizer_config.json") { $0["truncation_side"] = "left" }
        #expect(
            try differences { try resume() } == ["the base model's tokenizer_config.json has changed"])
    }

    @Test func `another order of the corpus ends resuming where dropout depends on it`() throws {
        let reversed = ClassifyDataset(
            examples: TinyRun.corpus.examples.reversed(), labels: TinyRun.corpus.labels,
            problemType: .singleLabel)
        #expect(reversed.sourceHash == TinyRun.corpus.sourceHash)
        let found = try differences { try resume(reversed) }
        #expect(found == ["the training data is in another order, which decides what dropout drops"])
        #expect(try resume(reversed, mode: .resumeOnChangedData).reason == .completed)
    }

    @Test func `weights that were damaged before resuming are never trained on`() throws {
        var bytes = try run.directory.read("base/model.safetensors")
        bytes[bytes.count - 5] ^= 1
        let path = run.directory("base/model.safetensors")
        let before = try #require(try FileStatus.of(path, followingLinks: true))
        let file = try #require(fopen(path, "r+"))
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        let seconds = time_t(before.modified / 1_000_000_000)
        let times = [timespec](
            repeating: timespec(tv_sec: seconds, tv_nsec: Int(before.modified % 1_000_000_000)), count: 2)
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
        let hashes = try TinyRun.weightHashes(run.path)
        #expect(try differences { try resume() } == ["the base model's weights have changed"])
        #expect(try TinyRun.weightHashes(run.path) == hashes)
    }

    @Test func `another version of the arithmetic goes on with a warning`() throws {
        let state = try APRFile(path: run.path + "/last/training_state.apr")
        #expect(state.metadata["arithmetic_version"] == 1)
        var metadata = state.metadata
        metadata["arithmetic_version"] = 77
        let rewritten = try #require(try APRWriter.rewritten(state, metadata: metadata))
        let writer = try CheckpointDirectoryWriter(destination: run.path + "/last")
        for name in try Directory.names(in: run.path + "/last") where name != Manifest.fileName {
            if name == "training_state.apr" {
                let tensors = state.file.withUnsafeBytes { Array($0[rewritten.tensors]) }
                try writer.add(name: name, bytes: rewritten.head + tensors + rewritten.completed().tail)
            } else {
                try writer.copy(file: run.path + "/last/" + name)
            }
        }
        try writer.commit()
        var warnings: [TrainingWarning] = []
        let result = try resume { if case .warning(let warning) = $0 { warnings.append(warning) } }
        #expect(result.reason == .completed)
        #expect(warnings.contains(.arithmeticDiffers(before: 77, now: 1)))
        #expect("\(TrainingWarning.arithmeticDiffers(before: 77, now: 1))".contains("version 77"))
    }

    @Test func `a checkpoint of another run is never resumed from, and verifying says so`() throws {
        let other = try TinyRun(config: run.config)
        other.config.seed = 7
        try other.train()
        // The runs differ in their numbers alone, too.
        let twin = try TinyRun(config: run.config)
        try twin.train()
        for foreign in [other, twin] {
            try DirectoryRemoval(DiskFileSystem()).removeTree(run.path + "/epoch-9")
            let writer = try CheckpointDirectoryWriter(destination: run.path + "/epoch-9")
            for name in try Directory.names(in: foreign.path + "/last") where name != Manifest.fileName {
                try writer.copy(file: foreign.path + "/last/" + name)
            }
            try writer.commit()
            let report = RunVerifier.verify(directory: run.path)
            #expect(!report.isValid && report.problems.count == 1)
            #expect(report.problems.first?.description.contains("epoch-9: belongs to another run") == true)
        }
        // It has more steps than this run's own.
        var resumed: [Int] = []
        try resume { if case .resumed(let report) = $0 { resumed.append(report.step) } }
        #expect(resumed == [5])
    }
}
