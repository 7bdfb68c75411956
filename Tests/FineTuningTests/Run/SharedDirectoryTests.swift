import BackendCPU
import CheckpointIO
import FineTuning
import Inference
import Platform
import TestSupport
import Testing

/// A run's directory while others move it or read in it.
@Suite struct SharedDirectoryTests {
    /// What a directory holds, with the content of its files, by path.
    private static func content(_ directory: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try Directory.names(in: directory) where name != ".lock" {
            let path = directory.appendingComponent(name)
            if try FileStatus.of(path, followingLinks: false)?.kind == .directory {
                for (file, bytes) in try content(path) { files["\(name)/\(file)"] = bytes }
            } else {
                files[name] = try MappedFile(path: path).withUnsafeBytes { Array($0) }
            }
        }
        return files
    }

    @Test(arguments: [3, 4, 5, 8])
    func `a run whose directory was moved away stops and leaves its successor as it is`(step: Int) throws {
        let successor = try TinyRun()
        successor.config.seed = 7
        try successor.train()
        // On the machine's file system, which goes by the directory that is held.
        let run = try TinyRun(hooks: TrainingHooks())
        run.config.saveSteps = 1
        let (original, aside) = (run.path, run.directory("run.old"))
        nonisolated(unsafe) var expected: [String: [UInt8]] = [:]
        run.hooks.afterStep = { [source = successor.path] done in
            guard done == step else { return }
            try? DiskFileSystem().rename(original, to: aside)
            try? DiskFileSystem().rename(source, to: original)
            expected = (try? Self.content(original)) ?? [:]
        }
        let error = #expect(throws: FileError.self) { try run.train() }
        #expect("\(String(describing: error))".contains("was moved or replaced"))
        #expect(expected.count > 20)
        #expect(try Self.content(original) == expected)
        #expect(RunVerifier.verify(directory: original).isValid)
        // Its own checkpoints lie where its directory lies, and it goes on there.
        #expect(RunVerifier.verify(directory: aside).isValid)
        run.hooks.afterStep = nil
        run.config.checkpointDir = aside
        #expect(try run.train(mode: .resume).steps == 8)
    }

    /// The moment between checking the path and changing something cannot be used either.
    @Test func `what is done through a held directory is done in it`() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("run")
        let held = try HeldDirectory(path: directory("run"))
        let disk = DiskFileSystem().holding(held)
        try AtomicFile.write([1], to: directory("run/a"), fileSystem: disk)
        try disk.makeDirectory(directory("run/b"))
        try disk.rename(directory("run/a"), to: directory("run/b/c"))
        try DiskFileSystem().rename(directory("run"), to: directory("old"))
        #expect(!held.isAtPath)
        try directory.makeDirectory("run")
        try directory.makeDirectory("run/b")
        try directory.write("other", to: "run/b/c")
        for change: () throws(FileError) -> Void in [
            { () throws(FileError) in _ = try disk.create(directory("run/x")) },
            { () throws(FileError) in _ = try disk.openForAppending(directory("run/b/c")) },
            { () throws(FileError) in try disk.makeDirectory(directory("run/d")) },
            { () throws(FileError) in try disk.rename(directory("run/b/c"), to: directory("run/e")) },
            { () throws(FileError) in _ = try disk.exchange(directory("run/b"), directory("run/b/c")) },
            { () throws(FileError) in try disk.removeFile(directory("run/b/c")) },
            { () throws(FileError) in try disk.removeDirectory(directory("run/b")) },
        ] {
            let error = #expect(throws: FileError.self) { try change() }
            #expect(error?.problem as? FileProblem == .directoryReplaced)
        }
        #expect(try directory.read("run/b/c") == Array("other".utf8))
        #expect(try Directory.names(in: directory("run")) == ["b"])
        #expect(try held.names() == ["b"] && directory.read("old/b/c") == [1])
        // Elsewhere it works as before.
        try disk.makeDirectory(directory("elsewhere"))
    }

    private struct Reading {
        var isEnding = false
        var reads = 0
        var problems: [String] = []
    }

    /// The real writer exchanges `best/` without a pause, in both ways, while the real readers read it.
    @Test(arguments: [true, false])
    func `a checkpoint that is replaced all the time is never called damaged`(canExchange: Bool) throws {
        let run = try TinyRun()
        try run.train()
        let (path, best) = (run.path, run.path + "/best")
        let copy = run.directory("copy")
        let names = try Directory.names(in: best).filter { $0 != Manifest.fileName }
        let first = try CheckpointDirectoryWriter(destination: copy)
        for name in names { try first.copy(file: best + "/" + name) }
        try first.commit()

        let readers = 3
        let state = Locked(Reading())
        _ = parallelMap(Array(0...readers), costs: [Int](repeating: 1, count: readers + 1)) { number in
            do {
                if number == 0 {
                    let fileSystem = FaultInjectingFileSystem(canExchange: canExchange)
                    defer { state.withLock { $0.isEnding = true } }
                    for _ in 0..<400 {
                        let writer = try CheckpointDirectoryWriter(destination: best, fileSystem: fileSystem)
                        for name in names { try writer.copy(file: copy + "/" + name) }
                        try writer.commit()
                    }
                    return
                }
                while !state.withLock(\.isEnding) {
                    switch number {
                    case 1:
                        let report = CheckpointVerifier.verify(directory: best)
                        state.withLock { $0.problems += report.problems.map(\.description) }
                    case 2: _ = try ClassifierSource(path: best)
                    default:
                        let report = RunVerifier.verify(directory: path)
                        state.withLock { $0.problems += report.isValid ? [] : ["the run: \(report)"] }
                    }
                    state.withLock { $0.reads += 1 }
                }
            } catch {
                state.withLock { $0.problems.append("\(error)") }
            }
        }
        let (reads, problems) = state.withLock { ($0.reads, $0.problems) }
        #expect(problems.isEmpty, "\(problems.count) of \(reads): \(problems.prefix(3))")
        #expect(reads > 20)
    }
}
