import CheckpointIO
import FineTuning
import Platform
import TensorCore
import TestSupport
import Testing

/// Runs in which a file operation fails.
@Suite struct SaveFaultTests {
    private static func makeRun(
        _ fileSystem: any FileSystem = UnsynchronizedFileSystem(), overlaps: Bool = false
    ) throws -> TinyRun {
        let run = try TinyRun()
        run.config.saveEvery = 1
        run.config.saveTotalLimit = 1
        run.hooks.fileSystem = fileSystem
        run.hooks.overlapsSaves = overlaps
        return run
    }

    private static let expected = Result { () -> [String: String] in
        let run = try makeRun()
        try run.train()
        return try TinyRun.weightHashes(run.path)
    }

    private static let operationCount = Result { () -> Int in
        let counting = FaultInjectingFileSystem()
        try makeRun(counting).train()
        return counting.count
    }

    /// Every few operations of a run, in strides that keep the suite short; each fails with one of four kinds of
    /// fault. (CheckpointIO's tests have every kind at every operation of a single save.)
    ///
    /// - Parameter overlaps: whether training continues meanwhile, as it does for users. The number of operations is
    ///   the same then, but their order across the two threads is random.
    private func everyOperation(
        _ fault: FaultInjectingFileSystem.Fault, from first: Int = 0, stride step: Int = 4,
        overlaps: Bool = false,
        _ check: (TinyRun, _ error: (any Error)?) throws -> Void
    ) throws {
        var reached = 0
        for operation in stride(from: first, to: try Self.operationCount.get(), by: step) {
            let faulty = FaultInjectingFileSystem(failingAt: operation, with: fault)
            let run = try Self.makeRun(faulty, overlaps: overlaps)
            var failure: (any Error)?
            do { try run.train() } catch { failure = error }
            #expect(faulty.hasFired)
            reached += 1
            run.hooks.fileSystem = UnsynchronizedFileSystem()
            try check(run, failure)
        }
        #expect(reached > 20)
    }

    /// After the fault every file is valid or recognised as damaged, and the run can be finished with the same
    /// result.
    private func finish(_ run: TinyRun) throws {
        let mode: RunMode = (try? RunDirectory.check(run.path, mode: .resume)) == nil ? .fresh : .resume
        do {
            try run.train(mode: mode)
        } catch TrainingError.noRun {
            try run.train(mode: .overwrite)
        }
        #expect(try TinyRun.weightHashes(run.path) == (try Self.expected.get()))
        #expect(try Directory.names(in: run.path).filter { $0.hasPrefix(".") } == [".lock"])
    }

    @Test func `a crash at any operation loses nothing that was saved`() throws {
        try everyOperation(.crash, from: 0) { run, error in
            #expect(error != nil)
            try finish(run)
        }
    }

    @Test func `a crash in the middle of any operation loses nothing that was saved`() throws {
        try everyOperation(.crashAfterHalf, from: 1) { run, _ in try finish(run) }
    }

    @Test func `an input-output error stops the run and names file and operation`() throws {
        try everyOperation(.error(EIO), from: 2) { run, error in
            if let error {
                #expect("\(error)".contains("/") && "\(error)".contains("errno \(EIO)"), "\(error)")
            }
            try finish(run)
        }
    }

    @Test func `lack of room lets training go on and the next save tries again`() throws {
        try everyOperation(.error(ENOSPC), from: 3) { run, error in
            if let error {
                // Only faults before training may stop it: directory, record, metrics.
                #expect(run.saves.isEmpty, "\(error)")
                try finish(run)
            } else {
                #expect(try TinyRun.weightHashes(run.path) == (try Self.expected.get()))
            }
        }
    }

    @Test(arguments: [FaultInjectingFileSystem.Fault.crash, .crashAfterHalf, .error(EIO), .error(ENOSPC)])
    func `a fault while training goes on loses nothing either`(_ fault: FaultInjectingFileSystem.Fault) throws
    {
        try everyOperation(fault, stride: 17, overlaps: true) { run, error in
            if fault == .error(ENOSPC), error == nil {
                #expect(try TinyRun.weightHashes(run.path) == (try Self.expected.get()))
            } else {
                try finish(run)
            }
        }
    }

    @Test
    func `a disk that stays full fails in the end, loudly, with the weights of earlier checkpoints intact`()
        throws
    {
        let run = try Self.makeRun()
        try run.train(stoppingAfter: 4)
        run.hooks.fileSystem = FaultInjectingFileSystem(failingAt: 12, with: .full(EDQUOT))
        // Only an improved validation needs a new best/.
        run.hooks.evaluation = { _, step in .init(loss: 1 / Double(step + 1)) }
        let error = #expect(throws: TrainingError.self) { try run.train(mode: .resume) }
        guard case .bestNotSaved = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("NOT on disk") == true, "\(String(describing: error))")
        #expect(
            run.events.contains { if case .warning(.saveFailed(.best, _)) = $0 { true } else { false } })
        for name in try RunDirectory.checkpoints(in: run.path) {
            let report = CheckpointVerifier.verify(directory: "\(run.path)/\(name.directoryName)")
            #expect(report.isValid, "\(name)")
        }
    }

    @Test func `a save that finds too little room is not begun, and the next one tries again`() throws {
        let measured = Locked(0)
        let fileSystem = FaultInjectingFileSystem(freeSpace: { bytes in
            measured.withLock { count in
                count += 1
                return count == 1 ? 1_000 : bytes
            }
        })
        let run = try Self.makeRun(fileSystem)
        try run.train()
        let failed = run.events.compactMap {
            if case .warning(.saveFailed(let name, let reason)) = $0 { (name, reason) } else { nil }
        }
        #expect(failed.count == 1 && failed[0].1.contains("No space left"), "\(failed)")
        let operations = fileSystem.operations
        let measures = operations.indices.filter {
            if case .freeSpace = operations[$0] { true } else { false }
        }
        let begun = try #require(
            operations.firstIndex {
                if case .makeDirectory(let path) = $0 { path.contains(".tmp-") } else { false }
            })
        #expect(measures.count > 2 && begun > measures[1])
        #expect(try TinyRun.weightHashes(run.path) == (try Self.expected.get()))
    }

    @Test func `a file system without exchange serves as well`() throws {
        let run = try Self.makeRun(FaultInjectingFileSystem(canExchange: false))
        try run.train()
        #expect(try TinyRun.weightHashes(run.path) == (try Self.expected.get()))
    }
}
