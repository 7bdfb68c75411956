import CheckpointIO
import Platform
import TestSupport
import Testing

/// Every operation of a save fails or is the last one, in turn; the previous checkpoint must survive.
@Suite struct CrashSafetyTests {
    private typealias Fault = FaultInjectingFileSystem.Fault

    static let faults: [FaultInjectingFileSystem.Fault] =
        [ENOSPC, EIO, EDQUOT, EACCES].flatMap { [.error($0), .shortWriteThenError($0)] }
        + [.full(ENOSPC), .shortWrite, .crash, .crashAfterHalf]

    /// Runs an action with a fault at operation 0, 1, 2, ... until it gets through without meeting one.
    private func forEachOperation(
        _ fault: FaultInjectingFileSystem.Fault, canExchange: Bool,
        _ body: (FaultInjectingFileSystem, Int) throws -> Void
    ) throws {
        for number in 0..<1000 {
            let fileSystem = FaultInjectingFileSystem(
                failingAt: number, with: fault, canExchange: canExchange)
            try body(fileSystem, number)
            if !fileSystem.hasFired {
                #expect(number > 20, "a save has more operations than that")
                return
            }
        }
        Issue.record("the action never ends")
    }

    @Test(arguments: faults, [true, false])
    func `the previous checkpoint survives any fault`(
        fault: FaultInjectingFileSystem.Fault, canExchange: Bool
    )
        throws
    {
        try forEachOperation(fault, canExchange: canExchange) { fileSystem, number in
            let run = try TemporaryDirectory()
            try SampleCheckpoint.write(1, to: run("best"))
            try SampleCheckpoint.write(9, to: run("epoch-1"))

            var failure: FileError?
            do {
                try SampleCheckpoint.write(2, to: run("best"), fileSystem: fileSystem)
            } catch let error as FileError {
                failure = error
            }
            if let failure, let refused = failure.problem as? SystemCallProblem {
                #expect(!refused.operation.rawValue.isEmpty && refused.errno != 0)
                #expect(failure.path.hasPrefix(run.path), "the error names the file: \(failure)")
            } else {
                #expect(failure == nil)
            }

            // The next start.
            try CheckpointRecovery.recover(in: run.path)
            let marker = SampleCheckpoint.marker(at: run("best"))
            if failure == nil {
                #expect(marker == 2, "operation \(number)")
            } else {
                #expect(marker == 1 || marker == 2, "operation \(number)")
            }
            #expect(SampleCheckpoint.marker(at: run("epoch-1")) == 9)
            #expect(try run.names() == ["best", "epoch-1"], "operation \(number)")
            // And it goes on.
            try SampleCheckpoint.write(3, to: run("best"))
            #expect(SampleCheckpoint.marker(at: run("best")) == 3)
        }
    }

    @Test(arguments: [FaultInjectingFileSystem.Fault.error(ENOSPC), .full(EDQUOT), .crash, .crashAfterHalf])
    func `a first save that fails leaves nothing or all of it`(fault: FaultInjectingFileSystem.Fault) throws {
        try forEachOperation(fault, canExchange: true) { fileSystem, _ in
            let run = try TemporaryDirectory()
            let outcome = try? SampleCheckpoint.write(1, to: run("best"), fileSystem: fileSystem)
            try CheckpointRecovery.recover(in: run.path)
            let names = try run.names()
            if outcome != nil { #expect(names == ["best"]) }
            #expect(names.isEmpty || names == ["best"] && SampleCheckpoint.marker(at: run("best")) == 1)
        }
    }

    @Test(arguments: [FaultInjectingFileSystem.Fault.error(EIO), .crash, .crashAfterHalf], [true, false])
    func `recovery itself may be interrupted at any operation`(
        fault: FaultInjectingFileSystem.Fault, canExchange: Bool
    ) throws {
        // Every state that a crash of the save leaves behind, then a crash of the recovery at each operation.
        for saveStop in 0..<1000 {
            let probe = try TemporaryDirectory()
            try SampleCheckpoint.write(1, to: probe("best"))
            let dying = FaultInjectingFileSystem(failingAt: saveStop, with: .crash, canExchange: canExchange)
            _ = try? SampleCheckpoint.write(2, to: probe("best"), fileSystem: dying)
            guard dying.hasFired else { return }
            for recoveryStop in 0..<1000 {
                let fileSystem = FaultInjectingFileSystem(
                    failingAt: recoveryStop, with: fault, canExchange: canExchange)
                _ = try? CheckpointRecovery.recover(in: probe.path, fileSystem: fileSystem)
                if !fileSystem.hasFired { break }
            }
            try CheckpointRecovery.recover(in: probe.path)
            let marker = SampleCheckpoint.marker(at: probe("best"))
            #expect(marker == 1 || marker == 2, "save stopped at operation \(saveStop)")
            #expect(try probe.names() == ["best"])
        }
    }

    @Test(arguments: [FaultInjectingFileSystem.Fault.error(EACCES), .crash, .crashAfterHalf])
    func `removing a checkpoint leaves it whole or gone`(fault: FaultInjectingFileSystem.Fault) throws {
        for number in 0..<1000 {
            let run = try TemporaryDirectory()
            try SampleCheckpoint.write(1, to: run("epoch-1"))
            let fileSystem = FaultInjectingFileSystem(failingAt: number, with: fault)
            _ = try? CheckpointRecovery.remove(run("epoch-1"), fileSystem: fileSystem)
            try CheckpointRecovery.recover(in: run.path)
            let names = try run.names()
            #expect(names.isEmpty || SampleCheckpoint.marker(at: run("epoch-1")) == 1)
            if !fileSystem.hasFired { return }
        }
    }

    @Test(arguments: [
        FaultInjectingFileSystem.Fault.error(ENOSPC), .shortWriteThenError(EIO), .crash, .crashAfterHalf,
    ])
    func `an atomic file is the old one or the new`(fault: FaultInjectingFileSystem.Fault) throws {
        for number in 0..<100 {
            let run = try TemporaryDirectory()
            try run.write("old", to: "run.json")
            let fileSystem = FaultInjectingFileSystem(failingAt: number, with: fault)
            let succeeded =
                (try? AtomicFile.write(Array("new!".utf8), to: run("run.json"), fileSystem: fileSystem))
                != nil
            try CheckpointRecovery.recover(in: run.path)
            let content = String(decoding: try run.read("run.json"), as: UTF8.self)
            #expect(content == "new!" || content == "old" && !succeeded)
            #expect(try run.names() == ["run.json"])
            if !fileSystem.hasFired { return }
        }
    }

    @Test func `lack of space is recognised and explained`() throws {
        let run = try TemporaryDirectory()
        let fileSystem = FaultInjectingFileSystem(failingAt: 2, with: .error(ENOSPC))
        let error = #expect(throws: FileError.self) {
            try SampleCheckpoint.write(1, to: run("best"), fileSystem: fileSystem)
        }
        #expect(error?.isOutOfSpace == true)
        #expect(error?.description.contains("cannot write: No space left on device") == true)
        #expect(error?.remedy.contains("free some space") == true)
    }

    @Test func `the free space of a directory is known`() throws {
        let run = try TemporaryDirectory()
        #expect(try DiskFileSystem().freeSpace(at: run.path) > 0)
        #expect(throws: FileError.self) { try DiskFileSystem().freeSpace(at: run("none")) }
    }
}
