import CheckpointIO
import FineTuning
import Platform
import TestSupport
import Testing

/// Output directories that a run cannot use, or that need care.
@Suite struct OutputDirectoryTests {
    /// A run that stopped after three steps, whose `last/` is then replaced.
    private func stoppedRun(replacingLast replace: (TinyRun, String) throws -> Void) throws -> TinyRun {
        let run = try TinyRun()
        run.config.saveEvery = 1
        try run.train(stoppingAfter: 5)
        try DirectoryRemoval(DiskFileSystem()).removeTree(run.path + "/last")
        try replace(run, run.path + "/last")
        return run
    }

    private func refusal(_ run: TinyRun) -> FileError? {
        #expect(throws: FileError.self) { try run.train(mode: .resume) }
    }

    @Test func `a directory that may not be made is an error with its name and a remedy`() throws {
        let run = try TinyRun()
        run.hooks.fileSystem = FaultInjectingFileSystem(failingAt: 0, with: .error(EACCES))
        let error = #expect(throws: FileError.self) { try run.train() }
        #expect(
            error?.problem as? SystemCallProblem
                == SystemCallProblem(operation: .makeDirectory, errno: EACCES) && error?.path == run.path)
        #expect(error?.description.contains("check the permissions") == true)
        #expect(try FileStatus.of(run.path, followingLinks: false) == nil)
    }

    @Test func `a path that goes through a file is refused`() throws {
        let run = try TinyRun()
        run.config.checkpointDir = try run.directory.write("x", to: "file") + "/run"
        #expect(throws: (any Error).self) { try run.train() }
        #expect(try run.directory.read("file") == Array("x".utf8))
    }

    @Test func `a file with the name of a checkpoint is not replaced`() throws {
        let run = try stoppedRun {
            try $0.directory.write("mine", to: String($1.dropFirst($0.directory.path.count + 1)))
        }
        let error = refusal(run)
        #expect(error?.problem as? FileProblem == .notDirectory && error?.path.hasSuffix("/last") == true)
        #expect(try run.directory.read("run/last") == Array("mine".utf8))
    }

    @Test func `a link with the name of a checkpoint is not followed`() throws {
        let run = try stoppedRun { run, last in
            try DiskFileSystem().makeDirectory(run.directory("elsewhere"))
            try run.directory.write("mine", to: "elsewhere/notes")
            #expect(symlink(run.directory("elsewhere"), last) == 0)
        }
        #expect(refusal(run)?.problem as? FileProblem == .notDirectory)
        #expect(try Directory.names(in: run.directory("elsewhere")) == ["notes"])
    }

    @Test func `a link to a directory serves as the output, and dots in its path are those of the system`()
        throws
    {
        let run = try TinyRun()
        try DiskFileSystem().makeDirectory(run.directory("real"))
        #expect(symlink(run.directory("real"), run.directory("link")) == 0)
        run.config.checkpointDir = run.directory("real") + "/../link/run"
        let result = try run.train()
        #expect(CheckpointVerifier.verify(directory: run.directory("real") + "/run/last").isResumable)
        #expect(result.reason == .completed)
    }

    #if os(Linux)
        @Test func `a run on another file system than the base is resumed there`() throws {
            let directory = "/dev/shm/apr-test-\(UInt32.random(in: .min ... .max))"
            try DiskFileSystem().makeDirectory(directory)
            defer { try? DirectoryRemoval(DiskFileSystem()).removeTree(directory) }
            let run = try TinyRun(hooks: TrainingHooks())
            run.config.checkpointDir = directory + "/run"
            let here = try FileStatus.of(run.directory.path, followingLinks: true)?.device
            #expect(try FileStatus.of(directory, followingLinks: true)?.device != here)
            try run.train(stoppingAfter: 5)
            try run.train(mode: .resume)
            let straight = try TinyRun()
            try straight.train()
            #expect(try TinyRun.weightHashes(run.path) == TinyRun.weightHashes(straight.path))
        }
    #endif
}
