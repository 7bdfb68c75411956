import CheckpointIO
import Dispatch
import FineTuning
import JSONCore
import Platform
import TensorCore
import TestSupport
import Testing

/// Checkpoints are written while training continues.
@Suite struct OverlappedSavingTests {
    /// Delays the first checkpoint's swap until training has reached a step.
    private final class Gate: Sendable {
        private let step: Int
        private let afterwards: @Sendable (FaultInjectingFileSystem.Operation) -> Void
        private let opened = DispatchSemaphore(value: 0)
        private let state = Locked((hasHeld: false, hasGivenUp: false))

        init(
            untilStep step: Int,
            then afterwards: @escaping @Sendable (FaultInjectingFileSystem.Operation) -> Void
        ) {
            self.step = step
            self.afterwards = afterwards
        }

        /// Whether training never reached the step because it waited for the checkpoint.
        var hasGivenUp: Bool { state.withLock(\.hasGivenUp) }

        func hold(_ operation: FaultInjectingFileSystem.Operation) {
            guard case .rename(let source, _) = operation, source.contains(".tmp-"), source.contains("last"),
                state.withLock({ state in
                    defer { state.hasHeld = true }
                    return !state.hasHeld
                })
            else { return }
            // Long enough for any machine; it elapses only if the test fails.
            if opened.wait(timeout: .now() + 20) == .timedOut { state.withLock { $0.hasGivenUp = true } }
            afterwards(operation)
        }

        func afterStep(_ done: Int) { if done == step { opened.signal() } }
    }

    /// A run that saves `last/` at steps 2, 4 (its first epoch's end), 6 and 8, with the first held until a step.
    private func makeRun(
        heldUntil step: Int,
        then afterwards: @escaping @Sendable (FaultInjectingFileSystem.Operation) -> Void = { _ in }
    ) throws -> (TinyRun, Gate, FaultInjectingFileSystem) {
        let gate = Gate(untilStep: step, then: afterwards)
        let fileSystem = FaultInjectingFileSystem { gate.hold($0) }
        let run = try TinyRun()
        run.config.saveSteps = 2
        run.hooks.fileSystem = fileSystem
        run.hooks.afterStep = { gate.afterStep($0) }
        return (run, gate, fileSystem)
    }

    private func eventIndices(_ run: TinyRun) -> (third: Int?, saved: Int?) {
        (
            run.events.firstIndex { if case .step(3, _) = $0 { true } else { false } },
            run.events.firstIndex(of: .saved(.last, step: 2))
        )
    }

    @Test func `a step is done before the checkpoint under way is complete, and the result is the same`()
        throws
    {
        let (run, gate, _) = try makeRun(heldUntil: 3)
        try run.train()
        #expect(!gate.hasGivenUp)
        let (third, saved) = eventIndices(run)
        #expect(try #require(third) < (try #require(saved)))
        let waiting = try TinyRun()
        waiting.config.saveSteps = 2
        waiting.hooks.overlapsSaves = false
        try waiting.train()
        #expect(try TinyRun.weightHashes(run.path) == TinyRun.weightHashes(waiting.path))
        #expect(run.saves == waiting.saves)
    }

    @Test func `the next checkpoint waits for the one under way`() throws {
        let (run, gate, fileSystem) = try makeRun(heldUntil: 4)
        try run.train()
        #expect(!gate.hasGivenUp)
        // A directory that is being written is renamed before the next one is started.
        var underWay: String?
        for operation in fileSystem.operations {
            switch operation {
            case .makeDirectory(let path) where path.contains(".tmp-"):
                #expect(underWay == nil)
                underWay = path
            case .rename(let source, _) where source == underWay,
                .exchange(let source, _) where source == underWay:
                underWay = nil
            default: break
            }
        }
        #expect(underWay == nil)
        #expect(run.saves.filter { $0 == .last }.count == 4)
    }

    @Test func `an interrupt waits for the checkpoint under way and writes its own`() throws {
        let (run, gate, _) = try makeRun(heldUntil: 3)
        let result = try run.train(stoppingAfter: 3)
        #expect(!gate.hasGivenUp && result.reason == .interrupted)
        #expect(run.events.contains(.saved(.last, step: 2)) && run.events.last == .saved(.last, step: 3))
        #expect(CheckpointVerifier.verify(directory: result.lastCheckpoint).isResumable)
    }

    @Test func `a checkpoint that cannot be written stops the run at the next one at the latest`() throws {
        let (run, gate, _) = try makeRun(heldUntil: 3) { operation in
            // The temporary directory is gone when it is to be renamed.
            guard case .rename(let source, _) = operation else { return }
            try? DirectoryRemoval(DiskFileSystem()).removeTree(source)
        }
        let error = #expect(throws: FileError.self) { try run.train() }
        #expect(
            error?.problem as? SystemCallProblem == SystemCallProblem(operation: .rename, errno: ENOENT)
                && error?.path.hasSuffix("/last") == true)
        #expect(!gate.hasGivenUp && run.saves.isEmpty)
        let steps = run.events.filter { if case .step = $0 { true } else { false } }.count
        #expect(steps == 3 || steps == 4)
        run.hooks = TrainingHooks(fileSystem: UnsynchronizedFileSystem())
        #expect(try run.train(mode: .resume).steps == 8)
    }

    @Test func `an error in training leaves after the checkpoint under way is complete`() throws {
        let (run, _, _) = try makeRun(heldUntil: 4)
        run.hooks.evaluation = { _, _ in .init(loss: .nan) }
        #expect(throws: TrainingError.self) { try run.train() }
        #expect(run.events.contains(.saved(.last, step: 2)))
        #expect(CheckpointVerifier.verify(directory: run.path + "/last").isResumable)
        #expect(!RunDirectory.isInUse(run.path))
        #expect(try Directory.names(in: run.path).filter { $0.hasPrefix(".") } == [".lock"])
    }

    /// The power fails at moments of a whole run, and the file system keeps as little as it is allowed to.
    @Test
    func `after a power cut no checkpoint stands at a step that the log has lost, and the run ends the same`()
        throws
    {
        let straight = try TinyRun()
        straight.config.saveSteps = 2
        try straight.train()
        let expected = try TinyRun.weightHashes(straight.path)

        let (run, _, fileSystem) = try makeRun(heldUntil: 3)
        try DiskFileSystem().makeDirectory(run.path)
        var model = try PowerLossModel(root: run.path)
        try run.train()
        var random = SeededRandom(seed: 5)
        var found = 0
        for (number, operation) in fileSystem.operations.enumerated() {
            model.apply(operation)
            guard number % 9 == 0 else { continue }
            let disk = try TemporaryDirectory()
            try DiskFileSystem().makeDirectory(disk("run"))
            try model.materialize(in: disk("run"), using: &random)
            try CheckpointRecovery.recover(in: disk("run"))
            let steps = try MetricsLog.read(directory: disk("run")).filter { $0.type == "step" }.map(\.step)
            for name in try RunDirectory.checkpoints(in: disk("run")) {
                let path = "\(disk("run"))/\(name.directoryName)"
                #expect(CheckpointVerifier.verify(directory: path).isValid, "operation \(number)")
                let metadata = try MappedFile(path: path + "/metadata.json").withUnsafeBytes {
                    try JSONParser.parse($0)
                }
                let step = try #require(metadata.object?["step"]?.int)
                #expect(step <= steps.last ?? 0, "operation \(number)")
                found += 1
            }
            guard number % 45 == 0, (try? RunDirectory.check(disk("run"), mode: .resume)) != nil else {
                continue
            }
            let resumed = try TinyRun(config: run.config)
            resumed.config.checkpointDir = disk("run")
            do {
                try resumed.train(mode: .resume)
            } catch TrainingError.noRun {
                // The record of the run was lost with everything else.
                try resumed.train(mode: .overwrite)
            }
            #expect(try TinyRun.weightHashes(disk("run")) == expected, "operation \(number)")
        }
        #expect(found > 10)
    }
}
