import BackendCPU
import CheckpointIO
import ClassificationData
import FineTuning
import JSONCore
import Platform
import TensorCore
import TestSupport
import Testing
import TransformerModels

/// A run that was interrupted and resumed ends with the same bytes as one that was not.
@Suite struct ResumeTests {
    /// Thirty steps: dropout, accumulation, validation inside epochs, epoch checkpoints.
    private static func makeRun() throws -> TinyRun {
        let run = try TinyRun()
        run.config.maxSteps = 30
        run.config.loraDropout = 0.1
        run.config.saveEvery = 3
        run.config.evalSteps = 5
        run.config.saveSteps = 7
        return run
    }

    /// The results that two runs must share: weights of every checkpoint, and metrics without times.
    private struct Outcome: Equatable {
        let hashes: [String: String]
        let metrics: [String]
        let history: [[Double?]]
        let best: ImprovementTracker.Best?

        init(_ run: TinyRun, _ result: TrainingResult) throws {
            hashes = try TinyRun.weightHashes(run.path)
            // They differ only in where a process started and ended.
            let lines = try MetricsLog.read(directory: run.path).filter {
                $0.type != "start" && $0.type != "end"
            }
            metrics = lines.map { line in
                var object = line.object
                for key in ["samples_per_second", "tokens_per_second", "memory_bytes", "seconds", "check"] {
                    object[key] = nil
                }
                return JSONValue.object(object).encoded()
            }
            history = result.history.map { epoch in
                [
                    Double(epoch.epoch), Double(epoch.step), epoch.trainLoss, epoch.trainAccuracy,
                    epoch.validation?.loss, epoch.validation?.macroF1, epoch.isBest ? 1 : 0,
                    epoch.learningRate,
                ]
            }
            best = result.best
        }
    }

    private static let uninterrupted = Result {
        let run = try makeRun()
        return try Outcome(run, try run.train())
    }

    @Test func `the run itself repeats bit for bit, and trains`() throws {
        let run = try Self.makeRun()
        let outcome = try Outcome(run, try run.train())
        #expect(outcome == (try Self.uninterrupted.get()))
        let losses = run.events.compactMap { if case .step(_, let loss) = $0 { loss } else { nil } }
        #expect(losses.count == 30)
        let (early, late) = (losses.prefix(4).reduce(0, +), losses.suffix(4).reduce(0, +))
        #expect(late < 0.7 * early)
    }

    @Test(arguments: 1...30)
    func `interrupted after any step and resumed, everything is bit for bit the same`(_ step: Int) throws {
        let run = try Self.makeRun()
        let first = try run.train(stoppingAfter: step)
        if step < 30 { #expect(first.reason == .interrupted && first.steps == step) }
        let result = try run.train(mode: .resume)
        #expect(result.reason == .completed)
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    /// The clock is read when a step starts, when it ends and around saves. A stop at such a moment interrupts a
    /// step, whose gradients are in no checkpoint.
    @Test(arguments: [4, 7, 12, 23, 34, 45])
    func `a stop in the middle of a step waits for its end, and nothing differs`(_ reading: Int) throws {
        let run = try Self.makeRun()
        let readings = Locked(0)
        let stopped = Locked<ClassifyTrainer?>(nil)
        run.hooks.now = {
            let count = readings.withLock { count in
                count += 1
                return count
            }
            if count == reading { stopped.withLock { $0 }?.stop() }
            return Double(count) / 1_000
        }
        let trainer = try run.makeTrainer()
        stopped.withLock { $0 = trainer }
        defer { stopped.withLock { $0 = nil } }
        let first = try trainer.train(TinyRun.corpus)
        #expect(first.reason == .interrupted && first.steps > 0 && first.steps < 30)
        run.hooks.now = TrainingHooks().now
        let result = try run.train(mode: .resume)
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    @Test func `interrupted again and again`() throws {
        let run = try Self.makeRun()
        try run.train(stoppingAfter: 2)
        for step in [3, 4, 9, 10, 22] { try run.train(mode: .resume, stoppingAfter: step) }
        let result = try run.train(mode: .resume)
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    @Test func `a finished run that is resumed changes nothing`() throws {
        let run = try Self.makeRun()
        try run.train()
        let result = try run.train(mode: .resume)
        #expect(result.reason == .completed)
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    @Test func `a run that died before its first checkpoint starts again from its first step`() throws {
        let run = try Self.makeRun()
        // The process dies at an operation of the first save.
        let counting = FaultInjectingFileSystem()
        run.hooks.fileSystem = counting
        try run.train(stoppingAfter: 1)
        let operations = counting.count
        let second = try Self.makeRun()
        second.hooks.fileSystem = FaultInjectingFileSystem(failingAt: operations - 20, with: .crash)
        #expect(throws: (any Error).self) { try second.train(stoppingAfter: 1) }
        second.hooks.fileSystem = UnsynchronizedFileSystem()
        let result = try second.train(mode: .resume)
        #expect(try Outcome(second, result) == (try Self.uninterrupted.get()))
    }

    @Test func `early stopping is remembered while it is pending and after it`() throws {
        func makeRun() throws -> TinyRun {
            let run = try TinyRun()
            run.config.epochs = 12
            run.config.earlyStoppingPatience = 3
            run.hooks.evaluation = { epoch, _ in .init(loss: epoch <= 2 ? 1 / Double(epoch) : 2) }
            return run
        }
        let straight = try makeRun()
        let expected = try straight.train()
        #expect(expected.reason == .stoppedEarly && expected.epochs == 5)
        let run = try makeRun()
        try run.train(stoppingAfter: 14)
        let resumed = try run.train(mode: .resume)
        #expect(try Outcome(run, resumed) == Outcome(straight, expected))
        let again = try run.train(mode: .resume)
        #expect(again.reason == .stoppedEarly && again.steps == expected.steps)
        // With more patience it continues.
        run.config.earlyStoppingPatience = 5
        #expect(try run.train(mode: .resume).epochs == 7)
    }

    @Test func `more epochs go on where the run ended`() throws {
        let run = try TinyRun()
        try run.train()
        run.config.epochs = 3
        let result = try run.train(mode: .resume)
        #expect(result.steps == 12)
        #expect(result.history.map(\.epoch) == [1, 2, 3])
    }

    @Test func `the newest valid checkpoint is taken and a damaged one passed over with a warning`() throws {
        let run = try Self.makeRun()
        try run.train(stoppingAfter: 14)
        var bytes = try run.directory.read("run/last/model.apr")
        bytes[bytes.count / 2] ^= 1
        try run.directory.write(bytes, to: "run/last/model.apr")
        let result = try run.train(mode: .resume)
        #expect(
            run.events.contains {
                if case .warning(.checkpointSkipped(let path, _)) = $0 {
                    path.hasSuffix("last")
                } else {
                    false
                }
            })
        // best/ is newer and has no state; the checkpoint of the third epoch is the newest that has one.
        #expect(run.resumedFrom == [run.path + "/epoch-3"])
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    @Test func `a best checkpoint with its state is resumed from when it is the newest`() throws {
        let run = try Self.makeRun()
        run.config.keepOptimizerState = true
        try run.train(stoppingAfter: 9)
        let best = try MetricsLog.read(directory: run.path).last { $0.object["is_best"] == true }
        try DirectoryRemoval(DiskFileSystem()).removeTree(run.path + "/last")
        let result = try run.train(mode: .resume)
        #expect(best != nil && run.resumedFrom == [run.path + "/best"])
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    @Test func `a run that died with nothing but its first best checkpoint starts again`() throws {
        let run = try Self.makeRun()
        try run.train(stoppingAfter: 5)
        // As a kill between the two saves would have left it.
        try DirectoryRemoval(DiskFileSystem()).removeTree(run.path + "/last")
        #expect(try RunDirectory.checkpoints(in: run.path) == [.best])
        let result = try run.train(mode: .resume)
        #expect(run.resumedFrom == [run.path])
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
    }

    @Test func `a later best checkpoint without a state is not trained away`() throws {
        let run = try TinyRun()
        run.hooks.evaluation = { epoch, _ in .init(loss: 1 / Double(epoch)) }
        try run.train()
        try run.directory.write("{}", to: "run/last/manifest.json")
        let error = #expect(throws: TrainingError.self) { try run.train(mode: .resume) }
        #expect("\(String(describing: error))".contains("best has no training state"))
        try DirectoryRemoval(DiskFileSystem()).removeTree(run.path + "/last")
        let alone = #expect(throws: TrainingError.self) { try run.train(mode: .resume) }
        #expect("\(String(describing: alone))".contains("best has no training state"))
        #expect(CheckpointVerifier.verify(directory: run.path + "/best").isValid)
    }

    @Test func `one and a half epochs are half as many steps more, and go on to three`() throws {
        let run = try TinyRun()
        run.config.epochs = 1.5
        let result = try run.train()
        #expect(result.steps == 6 && result.history.map(\.step) == [4, 6])
        #expect(try RunRecord.load(directory: run.path).config.epochs == 1.5)
        run.config.epochs = 3
        #expect(try run.train(mode: .resume).history.map(\.step) == [4, 8, 12])
    }

    @Test func `without any valid checkpoint the reasons are given`() throws {
        let run = try TinyRun()
        run.config.valSplit = 0
        try run.train()
        try run.directory.write("{}", to: "run/last/manifest.json")
        let error = #expect(throws: TrainingError.self) { try run.train(mode: .resume) }
        guard case .nothingToResume = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `with another number of threads it goes on with a warning and ends within 1e-4`() throws {
        let run = try Self.makeRun()
        try run.train(stoppingAfter: 9)
        let other = try TinyRun(backend: CPUBackend(threads: 3), config: run.config)
        other.config.checkpointDir = run.path
        let result = try other.train(mode: .resume)
        #expect(result.steps == 30)
        let warnings = other.events.filter {
            if case .warning(.numericsDiffer(let before, let now)) = $0 {
                before.contains("threads-1") && now.contains("threads-3")
            } else {
                false
            }
        }
        #expect(warnings.count == 1)
        let straight = try Self.makeRun()
        try straight.train()
        let (there, here) = try (weights(straight), weights(run))
        #expect(there.count == 960 && here.count == 960)
        // Rounding in another order, over 21 steps at a learning rate of 5e-3 on weights of about 0.1.
        #expect(zip(there, here).allSatisfy { abs($0 - $1) <= 1e-4 })
        let record = try RunRecord.load(directory: run.path)
        #expect(record.threadCount == 3)
    }

    private func weights(_ run: TinyRun) throws -> [Float] {
        let file = try SafetensorsFile(path: run.path + "/last/model.safetensors")
        return try file.orderedNames.flatMap { try file.floats(of: $0) }
    }

    @Test func `what was cut off the metrics is kept aside`() throws {
        let run = try Self.makeRun()
        try run.train(stoppingAfter: 14)
        // Without last/, the run goes back to an epoch's checkpoint, and its later lines are cut off.
        try DirectoryRemoval(DiskFileSystem()).removeTree(run.path + "/last")
        let before = try MetricsLog.read(directory: run.path)
        let result = try run.train(mode: .resume)
        #expect(try Outcome(run, result) == (try Self.uninterrupted.get()))
        let aside = try Directory.names(in: run.path).filter { $0.hasPrefix("metrics-after-step-") }
        #expect(aside.count == 1)
        let tail = String(decoding: try run.directory.read("run/\(aside[0])"), as: UTF8.self)
        let lastLine = JSONValue.object(try #require(before.last?.object)).encoded()
        #expect(tail.hasSuffix(lastLine + "\n"))
        let steps = try MetricsLog.read(directory: run.path).filter { $0.type == "step" }.map(\.step)
        #expect(steps == Array(1...30))
    }
}

/// The settings that must be the same to resume a run.
@Suite struct ResumeMismatchTests {
    private func refusal(_ change: (TinyRun) throws -> ClassifyDataset) throws -> [String] {
        let run = try TinyRun()
        try run.train(stoppingAfter: 2)
        let corpus = try change(run)
        do {
            try run.train(mode: .resume, corpus: corpus)
        } catch let error as TrainingError {
            if case .resumeMismatch(_, let differences, _) = error { return differences }
            throw error
        }
        return []
    }

    @Test func `a changed corpus is refused`() throws {
        let differences = try refusal { _ in
            var examples = TinyRun.corpus.examples
            examples[3].text += "!"
            return ClassifyDataset(
                examples: examples, labels: TinyRun.corpus.labels, problemType: .singleLabel)
        }
        #expect(differences.contains("the training data has changed"))
    }

    @Test func `another order of the same rows is the same corpus`() throws {
        let differences = try refusal { _ in
            ClassifyDataset(
                examples: TinyRun.corpus.examples.reversed(), labels: TinyRun.corpus.labels,
                problemType: .singleLabel)
        }
        #expect(differences.isEmpty)
    }

    @Test func `other label names are refused`() throws {
        let differences = try refusal { _ in
            ClassifyDataset(
                examples: TinyRun.corpus.examples, labels: LabelMap(names: ["safe", "other"])!,
                problemType: .singleLabel)
        }
        #expect(differences == [#"labels was ["safe","unsafe"] and is now ["safe","other"]"#])
    }

    @Test func `another LoRA shape or batch is refused, with all differences named`() throws {
        let differences = try refusal { run in
            run.config.loraRank = 8
            run.config.batchSize = 8
            run.config.gradientAccumulationSteps = 1
            return TinyRun.corpus
        }
        #expect(
            differences == [
                "batch_size was 4 and is now 8", "gradient_accumulation_steps was 2 and is now 1",
                "lora_rank was 4 and is now 8",
            ])
    }

    @Test func `another base is refused`() throws {
        let run = try TinyRun()
        try run.train(stoppingAfter: 2)
        let other = try TinyRun(config: run.config)
        let path = try TinyBase.write(in: other.directory, name: "other", seed: 9)
        let trainer = try ClassifyTrainer.fromPretrained(path, config: run.config, backend: run.base.backend)
        let error = #expect(throws: TrainingError.self) { try trainer.train(TinyRun.corpus, mode: .resume) }
        #expect("\(String(describing: error))".contains("weights have changed"))
    }

    @Test func `what only concerns length and saving may change`() throws {
        let differences = try refusal { run in
            run.config.epochs = 1
            run.config.saveEvery = 1
            run.config.saveTotalLimit = 3
            run.config.loggingSteps = 1
            return TinyRun.corpus
        }
        #expect(differences.isEmpty)
    }
}
