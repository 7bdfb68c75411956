import CheckpointIO
import FileHashing
import Platform
import TestSupport
import Testing

@Suite struct CheckpointDirectoryWriterTests {
    private let run: TemporaryDirectory
    init() throws { run = try TemporaryDirectory() }

    @Test func `a new checkpoint is complete and leaves nothing beside`() throws {
        let outcome = try SampleCheckpoint.write(1, to: run("best"), fileSystem: DiskFileSystem())
        #expect(try run.names() == ["best"])
        #expect(SampleCheckpoint.marker(at: run("best")) == 1)
        #expect(try Manifest(directory: run("best")) == outcome.manifest)
        #expect(outcome.manifest.entry("README.md")?.role == .editable)
        #expect(outcome.manifest.entry("training_state.apr")?.role == .local)
        #expect(outcome.manifest.entry("config.json")?.role == .protected)
        #expect(outcome.manifest.entry("config.json")?.byteCount == 2)
        // sha256sum of "{}"
        #expect(
            outcome.manifest.entry("config.json")?.sha256
                == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
    }

    @Test(arguments: [true, false])
    func `a checkpoint replaces the previous one`(canExchange: Bool) throws {
        let fileSystem = FaultInjectingFileSystem(canExchange: canExchange)
        for marker: Float in [1, 2, 3] {
            try SampleCheckpoint.write(marker, to: run("best"), fileSystem: fileSystem)
        }
        #expect(try run.names() == ["best"])
        #expect(SampleCheckpoint.marker(at: run("best")) == 3)
    }

    @Test func `the disk can exchange directories`() throws {
        try run.makeDirectory("a")
        try run.makeDirectory("b")
        try run.write("x", to: "a/file")
        let exchanged = try DiskFileSystem().exchange(run("a"), run("b"))
        // A file system may lack the operation: it then returns false and changes nothing.
        #expect(try Directory.names(in: run(exchanged ? "b" : "a")) == ["file"])
    }

    @Test func `a trailing slash changes nothing`() throws {
        try SampleCheckpoint.write(1, to: run("best") + "//")
        #expect(SampleCheckpoint.marker(at: run("best")) == 1)
    }

    @Test func `every file is synchronized before the swap, and the manifest comes last`() throws {
        let fileSystem = FaultInjectingFileSystem()
        try SampleCheckpoint.write(1, to: run("best"))
        try SampleCheckpoint.write(2, to: run("best"), fileSystem: fileSystem)
        let operations = fileSystem.operations
        let swap = try #require(operations.firstIndex { if case .exchange = $0 { true } else { false } })
        var created: [String] = []
        for operation in operations[..<swap] {
            if case .create(let path) = operation { created.append(path) }
        }
        #expect(created.last?.lastComponent == "manifest.json")
        for path in created { #expect(operations[..<swap].contains(.synchronize(path))) }
        #expect(operations[swap - 1] == .synchronizeDirectory(created[0].parentDirectory))
        #expect(operations[swap + 1] == .synchronizeDirectory(run.path))
    }

    @Test func `a writer that is dropped removes what it wrote`() throws {
        do {
            let writer = try CheckpointDirectoryWriter(destination: run("best"))
            try writer.add(name: "a", text: "b")
            #expect(try run.names().count == 1)
        }
        #expect(try run.names().isEmpty)
    }

    @Test func `a file is copied`() throws {
        let content = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let source = try run.write(content, to: "tokenizer.json")
        let writer = try CheckpointDirectoryWriter(destination: run("best"))
        try writer.copy(file: source)
        try writer.copy(file: source, as: "other")
        try writer.commit()
        #expect(try run.read("best/tokenizer.json") == content)
        #expect(try run.read("best/other") == content)
    }

    @Test func `a directory without manifest can be written`() throws {
        let writer = try CheckpointDirectoryWriter(destination: run("merged"), writesManifest: false)
        try writer.add(name: "config.json", text: "{}")
        try writer.commit()
        #expect(try Directory.names(in: run("merged")) == ["config.json"])
    }

    @Test(arguments: ["", ".", "..", "a/b", "/etc/passwd", "manifest.json"])
    func `a name that is no file of the directory is refused`(name: String) throws {
        let writer = try CheckpointDirectoryWriter(destination: run("best"))
        let error = #expect(throws: FileError.self) { try writer.add(name: name, text: "") }
        #expect(error?.problem as? CheckpointProblem == .unsafeName(name))
    }

    @Test func `a name given twice is refused`() throws {
        let writer = try CheckpointDirectoryWriter(destination: run("best"))
        try writer.add(name: "a", text: "")
        let error = #expect(throws: FileError.self) { try writer.add(name: "a", text: "") }
        #expect(error?.problem as? CheckpointProblem == .duplicateName("a"))
    }

    @Test func `a destination that is a file is refused`() throws {
        try run.write("x", to: "best")
        let error = #expect(throws: FileError.self) {
            try CheckpointDirectoryWriter(destination: run("best"))
        }
        #expect(error?.problem as? FileProblem == .notDirectory)
        #expect(try run.read("best") == Array("x".utf8))
    }

    @Test func `a destination that is a link is refused and not followed`() throws {
        let other = try TemporaryDirectory()
        #expect(symlink(other.path, run("best")) == 0)
        let error = #expect(throws: FileError.self) {
            try CheckpointDirectoryWriter(destination: run("best"))
        }
        #expect(error?.problem as? FileProblem == .notDirectory)
    }

    @Test func `a missing parent is named`() throws {
        let error = #expect(throws: FileError.self) {
            try CheckpointDirectoryWriter(destination: run("none/best"))
        }
        #expect(error?.isNotFound == true)
    }

    @Test func `modes are those of ordinary files`() throws {
        try SampleCheckpoint.write(1, to: run("best"), fileSystem: DiskFileSystem())
        let mask = umask(0)
        umask(mask)
        var status = stat()
        #expect(lstat(run("best"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o755 & ~mask)
        #expect(lstat(run("best/model.apr"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o644 & ~mask)
    }

    @Test func `removing the old one does not follow links in it`() throws {
        let other = try TemporaryDirectory()
        try other.write("keep", to: "file")
        try SampleCheckpoint.write(1, to: run("best"))
        #expect(symlink(other.path, run("best/link")) == 0)
        try SampleCheckpoint.write(2, to: run("best"))
        #expect(try other.names() == ["file"])
        #expect(try run.names() == ["best"])
    }

    @Test func `a checkpoint is removed whole`() throws {
        try SampleCheckpoint.write(1, to: run("epoch-5"))
        try CheckpointRecovery.remove(run("epoch-5"))
        #expect(try run.names().isEmpty)
    }

    @Test func `writing through a sink gives the same hash as the file`() throws {
        var sink = try FileSink(creating: run("file"))
        for piece in 0..<100 { try sink.write([UInt8](repeating: UInt8(piece), count: 40_000)) }
        let summary = try sink.close()
        #expect(summary.byteCount == 4_000_000)
        #expect(summary.sha256 == (try FileHash.sha256(path: run("file"), cache: nil)))
    }
}
