import CheckpointIO
import ClassificationData
import FineTuning
import Platform
import TestSupport
import Testing

@Suite struct RunDirectoryTests {
    @Test func `an existing run is refused before anything is done, and the choices are named`() throws {
        let run = try TinyRun()
        try run.train()
        let before = try TinyRun.weightHashes(run.path)
        let error = #expect(throws: TrainingError.self) { try RunDirectory.check(run.path, mode: .fresh) }
        #expect(error == .runExists(directory: run.path))
        let text = "\(TrainingError.runExists(directory: run.path))"
        for choice in ["`resume`", "`overwrite`", "`checkpoint_dir`"] { #expect(text.contains(choice)) }
        #expect(throws: TrainingError.self) { try run.train() }
        #expect(try TinyRun.weightHashes(run.path) == before)
    }

    @Test func `there must be a run to resume`() throws {
        let run = try TinyRun()
        #expect(throws: TrainingError.noRun(directory: run.path)) { try run.train(mode: .resume) }
        try run.directory.makeDirectory("run")
        try run.directory.write("hello", to: "run/notes.txt")
        #expect(throws: TrainingError.noRun(directory: run.path)) { try run.train(mode: .resume) }
        try run.train()
        #expect(try run.directory.read("run/notes.txt") == Array("hello".utf8))
    }

    @Test func `a file with the name of the directory is refused`() throws {
        let run = try TinyRun()
        try run.directory.write("x", to: "run")
        #expect(throws: TrainingError.notADirectory(path: run.path)) { try run.train() }
    }

    @Test func `overwriting keeps the old run aside until the new one has a best checkpoint`() throws {
        let run = try TinyRun()
        try run.train()
        let old = try TinyRun.weightHashes(run.path)
        run.config.seed = 7
        // Stopped before the first epoch ends, the new run has no best checkpoint yet.
        try run.train(mode: .overwrite, stoppingAfter: 2)
        #expect(try TinyRun.weightHashes(run.path + "/previous-run") == old)
        #expect(try RunDirectory.checkpoints(in: run.path) == [.last])

        // Overwriting again must not replace the old run by one without a best checkpoint.
        try run.train(mode: .overwrite, stoppingAfter: 3)
        #expect(try TinyRun.weightHashes(run.path + "/previous-run") == old)

        try run.train(mode: .resume)
        #expect(try FileStatus.of(run.path + "/previous-run", followingLinks: false) == nil)
        #expect(CheckpointVerifier.verify(directory: run.path + "/best").isValid)
    }

    @Test func `data that cannot be used leaves the run that was to be overwritten where it is`() throws {
        let run = try TinyRun()
        try run.train()
        let before = try TinyRun.weightHashes(run.path)
        let other = ClassifyDataset(
            examples: TinyRun.corpus.examples, labels: LabelMap(numbered: 2), problemType: .singleLabel)
        let error = #expect(throws: TrainingError.self) { try run.train(mode: .overwrite, validation: other) }
        guard case .validationLabels = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try TinyRun.weightHashes(run.path) == before)
    }

    @Test func `a second run on the same directory is refused while the first goes on`() throws {
        let run = try TinyRun()
        let path = run.path
        let other = try TinyRun()
        other.config.checkpointDir = path
        nonisolated(unsafe) let second = other
        run.hooks.afterStep = { step in
            guard step == 1 else { return }
            let error = #expect(throws: TrainingError.self) { try second.train(mode: .overwrite) }
            guard case .locked = error else {
                Issue.record("not refused as locked: \(String(describing: error))")
                return
            }
        }
        try run.train()
        // The first run has released the lock.
        try other.train(mode: .overwrite)
    }

    @Test func `the record says what the run was started with`() throws {
        let run = try TinyRun()
        try run.train()
        let record = try RunRecord.load(directory: run.path)
        // What the run was not given is recorded as it was chosen.
        var config = run.config
        config.warmupRatio = 0.1
        config.classWeights = .none
        #expect(record.config == config)
        var bytes = try run.directory.read("run/run.json")
        let index = try #require(bytes.firstIndex(of: UInt8(ascii: "8")))
        bytes[index] = UInt8(ascii: "9")
        try run.directory.write(bytes, to: "run/run.json")
        #expect(throws: (any Error).self) { try RunRecord.load(directory: run.path) }
    }
}
