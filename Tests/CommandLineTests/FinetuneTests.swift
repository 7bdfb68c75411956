import CheckpointIO
import Foundation
import JSONCore
import Platform
import TestSupport
import Testing

/// Fine-tuning by the command line: what is printed, what lies on disk afterwards, and how a run is protected.
@Suite struct FinetuneTests {
    private let directory: TemporaryDirectory
    private let run: String

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(Fixture.corpus(), to: "corpus.jsonl")
        run = directory("run")
    }

    private func finetune(_ more: String...) -> [String] {
        ["finetune", "--task", "classify", Fixture.base, "--data", directory("corpus.jsonl"), "-o", run]
            + more
    }

    @Test func `The plan is shown and nothing is written`() throws {
        let outcome = try Apr.expect(finetune("--plan"))
        for word in [
            "base", "25.9 K", "32 examples to train on, 8 to validate on, 2 classes", "safe", "unsafe",
            "device",
        ] {
            #expect(outcome.output.contains(word), "\(outcome.output)")
        }
        #expect(try directory.names() == ["corpus.jsonl"])
    }

    @Test func `The plan as JSON counts what there is`() throws {
        let plan = try #require(
            try Apr.expect(
                finetune(
                    "--plan", "--json", "--epochs", "2", "--batch-size", "8", "--rank", "4",
                    "--target-modules", "q_proj,v_proj")
            )
            .json()["plan"])
        #expect(plan["labels"]?.strings == ["safe", "unsafe"])
        #expect(plan["train_counts"]?.ints == [16, 16])
        #expect(plan["validation_counts"]?.ints == [4, 4])
        #expect(plan["total_steps"]?.int == 8)
        // Two layers; q is 32 to 32, v is 32 to 16; rank 4; a head of two rows.
        #expect(plan["trainable_parameter_count"]?.int == 2 * (4 * (32 + 32) + 4 * (32 + 16)) + 2 * 32)
    }

    @Test func `The plan says how long texts and the run are, and questions a rate of 5`() throws {
        let plan = try Apr.expect(finetune("--plan", "--learning-rate", "5", "--max-seq-length", "8"))
        #expect(plan.errors.contains("is --learning-rate 5.0 meant?"), "\(plan.errors)")
        #expect(plan.output.contains("(median)") && plan.output.contains("limit 8 cuts"), "\(plan.output)")
        #expect(plan.output.contains("by the time of a step"))
        let usual = try Apr.expect(finetune("--plan", "--learning-rate", "5e-3"))
        #expect(!usual.errors.contains("meant") && usual.output.contains("nothing cut"))
    }

    @Test func `What nobody gave is chosen, with the reason, and each flag replaces its own`() throws {
        let plan = try #require(try Apr.expect(finetune("--plan", "--json")).json()["plan"])
        let choices = try #require(plan["choices"]?.array)
        #expect(
            choices.compactMap { $0["setting"]?.string } == [
                "epochs", "batch_size", "learning_rate", "warmup_ratio", "class_weights", "target_modules",
            ])
        for choice in choices {
            let name = try #require(choice["setting"]?.string)
            #expect(choice["value"] == plan["config"]?[name], "\(name)")
            #expect(choice["reason"]?.string?.isEmpty == false && choice["is_tested"] == true, "\(name)")
        }
        #expect(plan["config"]?["target_modules"]?.strings == ["all-linear"])
        let text = try Apr.expect(finetune("--plan")).output
        #expect(text.contains("chosen by apr; a flag of yours replaces each:\n"), "\(text)")
        #expect(
            text.contains("\n  --learning-rate 0.001        25.9 K parameters, under 300.0 M\n"), "\(text)")
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix("chosen") }
        #expect(lines.count == 7 && lines.allSatisfy { $0.count <= 80 }, "\(text)")
        let settings = try directory.write("epochs: 1.5\nwarmup-ratio: 0\n", to: "run.yaml")
        let given = try #require(
            try Apr.expect(
                finetune(
                    "--plan", "--json", "--batch-size", "6", "--learning-rate", "3e-4", "--class-weights",
                    "auto",
                    "--target-modules", "q_proj", "--config", settings)
            ).json()["plan"])
        #expect(given["choices"]?.array?.isEmpty == true)
        #expect(given["config"]?["batch_size"] == 6 && given["config"]?["epochs"] == 1.5)
        // 32 examples are 6 steps of 6, so 1.5 epochs are 9.
        #expect(given["total_steps"] == 9)
    }

    @Test func `A resumed run keeps what was chosen for it`() throws {
        try Apr.expect(finetune("--max-steps", "3", "--quiet"))
        let recorded = try JSONParser.parse(try directory.read("run/run.json"))["config"]
        #expect(recorded?["learning_rate"] == 0.001 && recorded?["batch_size"] == 8)
        let resumed = try Apr.expect(["finetune", "--resume", run, "--max-steps", "5", "--json", "--quiet"])
        #expect(try resumed.json()["plan"]?["choices"]?.array?.isEmpty == true)
        #expect(try resumed.json()["result"]?["steps"] == 5)
        #expect(try resumed.json()["plan"]?["config"]?["learning_rate"] == 0.001)
    }

    @Test func `Progress goes to standard error in plain lines, the result to standard output`() throws {
        let outcome = try Apr.expect(finetune("--epochs", "2", "--batch-size", "8", "--logging-steps", "2"))
        #expect(!outcome.errors.contains("\u{1B}"))
        #expect(!outcome.errors.contains("\r"))
        let step =
            /epoch 1  step 2\/8  loss \d\.\d{4}  acc \d+\.\d %  lr \S+  \S+ samples\/s  \S+ tokens\/s  ETA .+/
        #expect(
            outcome.errors.split(separator: "\n").contains { $0.wholeMatch(of: step) != nil },
            "\(outcome.errors)")
        #expect(outcome.output.contains("* best"))
        #expect(outcome.output.contains("apr eval \(run)/best --data test.jsonl"))
    }

    @Test func `Quiet JSON is one object and nothing else`() throws {
        let outcome = try Apr.expect(finetune("--epochs", "2", "--quiet", "--json"))
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let document = try outcome.json()
        #expect(document["schema_version"]?.int == 1)
        #expect(document["status"]?.string == "completed")
        #expect(document["result"]?["history"]?.array?.count == 2)
        #expect(document["result"]?["best_checkpoint"]?.string == run + "/best")
        #expect(document["result"]?["best"]?["metric"]?.string == "loss")
    }

    @Test func `A directory that holds a run is refused, by name of the choices, and can be replaced`() throws
    {
        try Apr.expect(finetune("--max-steps", "1", "--quiet"))
        let refused = try Apr.run(finetune("--max-steps", "1", "--quiet", "--data", "not even looked at"))
        #expect(refused.status == 73)
        #expect(refused.errors.contains("--resume"))
        #expect(refused.errors.contains("--overwrite"))
        try Apr.expect(finetune("--max-steps", "2", "--quiet", "--overwrite"))
        let verified = try Apr.expect(["verify", run + "/last", "--json"]).json()
        #expect(verified["valid"]?.bool == true)
    }

    @Test func `Data comes from standard input and from CSV as well`() throws {
        let corpus = String(decoding: try directory.read("corpus.jsonl"), as: UTF8.self)
        let piped = try Apr.run(
            ["finetune", Fixture.base, "--data", "-", "-o", run, "--plan", "--json"], input: corpus)
        #expect(try piped.json()["plan"]?["train_examples"]?.int == 32)
        let rows = (0..<20).map { "text \($0),\($0 % 2 == 0 ? "yes" : "no")\n" }.joined()
        let table = try directory.write("sentence,class\n" + rows, to: "corpus.csv")
        let plan = try Apr.expect([
            "finetune", Fixture.base, "--data", table, "--input-column", "sentence", "--label-column",
            "class",
            "--plan", "--json", "--labels", "yes,no",
        ])
        #expect(try plan.json()["plan"]?["labels"]?.strings == ["yes", "no"])
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func `A signal ends the run in order, with a valid checkpoint from which it continues`(
        signal: Int32, status: Int32
    ) throws {
        let arguments = finetune(
            "--epochs", "100000", "--early-stopping-patience", "0", "--save-every", "100000")
        let outcome = try interrupt(arguments, with: signal)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains("stopping after this step"))
        #expect(outcome.output.hasSuffix("\n  apr finetune --resume \(run)\n"), "\(outcome.output)")
        #expect(try Apr.expect(["verify", run + "/last", "--json"]).json()["resumable"]?.bool == true)
        // Only the run is given: base, corpus and settings come from it.
        let again = try interrupt(["finetune", "--resume", run], with: signal)
        #expect(again.status == status)
        #expect(again.errors.contains("continuing from \(run)/last: "), "\(again.errors)")
    }

    @Test func `A second signal ends the run at once, and what was saved stays`() throws {
        // A step takes seconds, so that the second signal comes inside the one that the first lets go on.
        let text = String(repeating: "cp $a $b; ", count: 40)
        let rows = (0..<6_000).map { "\(text)\($0),\($0 % 2 == 0 ? "yes" : "no")\n" }.joined()
        let table = try directory.write("text,label\n" + rows, to: "long.csv")
        let running = try Running([
            "finetune", Fixture.base, "--data", table, "-o", run, "--val-split", "0", "--batch-size", "6000",
            "--max-seq-length", "512", "--epochs", "100000", "--save-steps", "1", "--target-modules",
            "q_proj,v_proj",
        ])
        defer { running.send(SIGKILL) }
        let deadline = Date() + 120
        func wait(until isSo: () -> Bool) {
            while !isSo(), running.isRunning, Date() < deadline { usleep(2_000) }
        }
        wait { FileManager.default.fileExists(atPath: run + "/last/manifest.json") }
        running.send(SIGINT)
        wait { running.errors.contains("interrupt again to stop at once") }
        running.send(SIGTERM)
        let outcome = try running.wait()
        #expect(outcome.status == 143, "\(outcome.errors)")
        // An orderly end adds its own line.
        let log = String(decoding: try directory.read("run/metrics.jsonl"), as: UTF8.self)
        #expect(!log.contains(#""type":"end""#), "\(log)")
        #expect(try Apr.expect(["verify", run + "/last", "--json"]).json()["resumable"]?.bool == true)
    }

    @Test func `A run is resumed by its name alone, with the weights it would have had`() throws {
        try Apr.expect(
            finetune(
                "--max-steps", "6", "--labels", "unsafe,safe", "--rank", "3", "--threads", "1", "--quiet"))
        let expected = try directory.read("run/last/model.safetensors")
        try Apr.expect(
            finetune(
                "--max-steps", "6", "--labels", "unsafe,safe", "--rank", "3", "--threads", "1", "--quiet",
                "--save-steps", "2", "--overwrite", "--keep-optimizer-state"))
        // As a kill after the fourth step would have left it, had the last checkpoint been that of the first epoch.
        try DirectoryRemoval(DiskFileSystem()).removeTree(run + "/last")
        let resumed = try Apr.expect(["finetune", "--resume", run, "--quiet", "--json"]).json()
        #expect(resumed["plan"]?["labels"]?.strings == ["unsafe", "safe"])
        #expect(try directory.read("run/last/model.safetensors") == expected)
        // The same by -o, and settings that may change are taken from the arguments.
        let longer = try Apr.expect([
            "finetune", "--resume", "-o", run, "--json", "--quiet", "--max-steps", "6",
        ])
        #expect(try longer.json()["plan"]?["total_steps"]?.int == 6)
    }

    @Test func `Settings that a run cannot change are refused with what differs`() throws {
        try Apr.expect(finetune("--max-steps", "2", "--quiet"))
        let refused = try Apr.run(["finetune", "--resume", run, "--rank", "3", "--batch-size", "5"])
        #expect(refused.status == 65)
        #expect(refused.errors.contains("lora_rank was 16 and is now 3"), "\(refused.errors)")
        #expect(refused.errors.contains("batch_size was 8 and is now 5"))
        let none = try Apr.run(["finetune", "--resume", directory("nowhere"), "--epochs", "5"])
        #expect(
            none.status == 65 && none.errors.contains("nowhere: holds no run to resume"), "\(none.errors)")
    }

    @Test func `A corpus that came through standard input has to come again`() throws {
        let corpus = String(decoding: try directory.read("corpus.jsonl"), as: UTF8.self)
        let piped = try Apr.run(
            ["finetune", Fixture.base, "--data", "-", "-o", run, "--max-steps", "1", "--quiet"], input: corpus
        )
        #expect(piped.status == 0, "\(piped.errors)")
        let refused = try Apr.run(["finetune", "--resume", run])
        #expect(refused.status == 64 && refused.errors.contains("--data"), "\(refused.errors)")
        let again = try Apr.run(["finetune", "--resume", run, "--data", "-", "--quiet"], input: corpus)
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test func `A whole run is verified, and damage in it is named`() throws {
        try Apr.expect(finetune("--epochs", "1", "--save-every", "1", "--quiet"))
        let good = try Apr.expect(["verify", run])
        for text in [
            "best: valid; cannot resume", "epoch-1: valid\n", "last: valid\n",
            "resumable from: epoch-1, last",
        ] {
            #expect(good.output.contains(text), "\(good.output)")
        }
        try directory.write("{}", to: "run/best/config.json")
        let bad = try Apr.run(["verify", run, "--json"])
        #expect(bad.status == 65 && bad.errors.contains("best/config.json"), "\(bad.errors)")
        #expect(try bad.json()["resumable"]?.strings == ["epoch-1", "last"])
    }

    /// Starts a run and sends it a signal once it has made some steps.
    private func interrupt(_ arguments: [String], with signal: Int32) throws -> Outcome {
        func size() -> Int { (try? directory.read("run/metrics.jsonl").count) ?? 0 }
        let before = size()
        let running = try Running(arguments)
        defer { running.send(SIGKILL) }
        let deadline = Date() + 60
        while size() <= before, running.isRunning, Date() < deadline { usleep(20_000) }
        running.send(signal)
        return try running.wait()
    }
}
