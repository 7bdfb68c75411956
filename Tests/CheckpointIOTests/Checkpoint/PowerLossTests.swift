import CheckpointIO
import Platform
import TestSupport
import Testing

/// The power fails after every operation of a save, and the file system keeps as little as it may.
@Suite struct PowerLossTests {
    /// How many of the states that may survive are tried after each operation.
    private static let statesPerOperation = 12

    @Test(arguments: [true, false])
    func `a valid checkpoint survives power loss at any moment`(canExchange: Bool) throws {
        let run = try TemporaryDirectory()
        try SampleCheckpoint.write(1, to: run("best"))
        var model = try PowerLossModel(root: run.path)
        let fileSystem = FaultInjectingFileSystem(canExchange: canExchange)
        try SampleCheckpoint.write(2, to: run("best"), fileSystem: fileSystem)
        let operations = fileSystem.operations
        // From here on, the new checkpoint must survive.
        let committed = try #require(
            operations.lastIndex { if case .synchronizeDirectory(run.path) = $0 { true } else { false } })

        var random = SeededRandom(seed: canExchange ? 1 : 2)
        var survivors: Set<Float> = []
        for (number, operation) in operations.enumerated() {
            model.apply(operation)
            for _ in 0..<Self.statesPerOperation {
                let disk = try TemporaryDirectory()
                try model.materialize(in: disk.path, using: &random)
                try CheckpointRecovery.recover(in: disk.path)
                let marker = try #require(
                    SampleCheckpoint.marker(at: disk("best")), "no valid checkpoint after operation \(number)"
                )
                #expect(number < committed || marker == 2, "operation \(number)")
                #expect(try disk.names() == ["best"])
                survivors.insert(marker)
            }
        }
        #expect(survivors == [1, 2])
    }

    @Test func `an atomic file survives power loss at any moment`() throws {
        let run = try TemporaryDirectory()
        try run.write("old", to: "run.json")
        var model = try PowerLossModel(root: run.path)
        let fileSystem = FaultInjectingFileSystem()
        try AtomicFile.write(Array("new!".utf8), to: run("run.json"), fileSystem: fileSystem)
        var random = SeededRandom(seed: 3)
        for operation in fileSystem.operations {
            model.apply(operation)
            for _ in 0..<Self.statesPerOperation {
                let disk = try TemporaryDirectory()
                try model.materialize(in: disk.path, using: &random)
                try CheckpointRecovery.recover(in: disk.path)
                #expect(["old", "new!"].contains(String(decoding: try disk.read("run.json"), as: UTF8.self)))
                #expect(try disk.names() == ["run.json"])
            }
        }
    }

    @Test func `what is made durable in a new directory is not lost with the directory's name`() throws {
        let root = try TemporaryDirectory()
        var model = try PowerLossModel(root: root.path)
        let fileSystem = FaultInjectingFileSystem()
        try Directory.make(root("runs/today"), fileSystem: fileSystem)
        try SampleCheckpoint.write(1, to: root("runs/today/best"), fileSystem: fileSystem)
        for operation in fileSystem.operations { model.apply(operation) }
        var random = SeededRandom(seed: 5)
        for _ in 0..<Self.statesPerOperation {
            let disk = try TemporaryDirectory()
            try model.materialize(in: disk.path, using: &random)
            #expect(SampleCheckpoint.marker(at: disk("runs/today/best")) == 1)
        }
    }

    @Test func `the model loses what was not synchronized`() throws {
        // Checks the test itself: without synchronizing, the same replay must find a loss.
        let run = try TemporaryDirectory()
        try SampleCheckpoint.write(1, to: run("best"))
        var model = try PowerLossModel(root: run.path)
        let fileSystem = FaultInjectingFileSystem()
        try SampleCheckpoint.write(2, to: run("best"), fileSystem: fileSystem)
        for operation in fileSystem.operations {
            if case .synchronize = operation { continue }
            model.apply(operation)
        }
        var random = SeededRandom(seed: 4)
        var losses = 0
        for _ in 0..<50 {
            let disk = try TemporaryDirectory()
            try model.materialize(in: disk.path, using: &random)
            try CheckpointRecovery.recover(in: disk.path)
            if SampleCheckpoint.marker(at: disk("best")) == nil { losses += 1 }
        }
        #expect(losses > 10)
    }
}
