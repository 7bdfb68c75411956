import CheckpointIO
import Platform
import TestSupport
import Testing

@Suite struct FileSystemTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }
    private let disk = DiskFileSystem()

    @Test func `an existing file is not overwritten`() throws {
        let path = try directory.write("keep", to: "f")
        let error = #expect(throws: FileError.self) { try disk.create(path) }
        #expect(error?.problem as? SystemCallProblem == SystemCallProblem(operation: .create, errno: EEXIST))
        #expect(try directory.read("f") == Array("keep".utf8))
    }

    @Test func `a link is not followed when a file is created or appended to`() throws {
        let target = try directory.write("keep", to: "target")
        #expect(symlink(target, directory("link")) == 0)
        #expect(throws: FileError.self) { try disk.create(directory("link")) }
        #expect(throws: FileError.self) { try disk.openForAppending(directory("link")) }
        #expect(try directory.read("target") == Array("keep".utf8))
    }

    @Test func `a file is appended to and truncated`() throws {
        let path = try directory.write("abc", to: "f")
        let file = try disk.openForAppending(path)
        try Array("def".utf8).withUnsafeBytes { try disk.writeAll($0, to: file) }
        try disk.truncate(file, to: 4)
        try disk.synchronize(file)
        try disk.close(file)
        #expect(try directory.read("f") == Array("abcd".utf8))
    }

    @Test func `temporary files of killed writers are removed, and those of living ones stay`() throws {
        let path = directory("f")
        for sibling in [".f.tmp-0123456789abcdef", ".g.tmp-0123456789abcdef", ".f.old-0123456789abcdef"] {
            try directory.write("part", to: sibling)
        }
        let living = open(try directory.write("part", to: ".f.tmp-fedcba9876543210"), O_RDONLY)
        #expect(flock(living, LOCK_EX | LOCK_NB) == 0)
        AtomicFile.removeAbandoned(beside: path)
        #expect(
            try Directory.names(in: directory.path) == [
                ".f.old-0123456789abcdef", ".f.tmp-fedcba9876543210", ".g.tmp-0123456789abcdef",
            ])
        close(living)
        try AtomicFile.write(Array("whole".utf8), to: path)
        AtomicFile.removeAbandoned(beside: path)
        #expect(
            try Directory.names(in: directory.path) == [
                ".f.old-0123456789abcdef", ".g.tmp-0123456789abcdef", "f",
            ])
    }

    /// Every writer succeeds while others take what they can for abandoned.
    @Test func `writers of one file do not take each other's temporary files`() throws {
        let path = directory("f")
        let outcomes = parallelMap(Array(0..<4), costs: [1, 1, 1, 1]) { number in
            Result {
                for _ in 0..<100 {
                    AtomicFile.removeAbandoned(beside: path)
                    try AtomicFile.write([UInt8(number)], to: path)
                }
            }
        }
        for outcome in outcomes { try outcome.get() }
        #expect(try Directory.names(in: directory.path) == ["f"])
    }

    @Test func `only regular files are mapped`() throws {
        #expect(mkfifo(directory("pipe"), 0o600) == 0)
        for path in [directory("pipe"), directory.path, "/dev/null"] {
            let error = #expect(throws: FileError.self) { try MappedFile(path: path) }
            #expect(error?.problem as? FileProblem == .notRegularFile)
        }
    }

    @Test func `a file beyond the limit is not mapped`() throws {
        let path = try directory.write("abcd", to: "f")
        let error = #expect(throws: FileError.self) { try MappedFile(path: path, limit: 3) }
        #expect(error?.problem as? FileProblem == .tooLarge(bytes: 4, limit: 3))
        #expect(try MappedFile(path: path, limit: 4).byteCount == 4)
    }

    @Test func `a small file that is cut short in place keeps its content for whoever has it open`() throws {
        let path = try directory.write("abcdef", to: "f")
        let file = try MappedFile(path: path)
        let other = try disk.openForAppending(path)
        try disk.truncate(other, to: 2)
        try disk.close(other)
        #expect(file.withUnsafeBytes { Array($0) } == Array("abcdef".utf8))
        #expect(try MappedFile(path: path).byteCount == 2)
    }

    @Test func `an empty file is mapped`() throws {
        let file = try MappedFile(path: try directory.write("", to: "f"))
        #expect(file.withUnsafeBytes { $0.count } == 0)
    }

    @Test(arguments: [
        ("a", ".", "a"), ("a/b", "a", "b"), ("/a", "/", "a"), ("/", "/", "/"), ("a/b//", "a", "b"),
        ("a//b", "a", "b"),
    ])
    func `paths are taken apart`(path: String, parent: String, last: String) {
        #expect(path.parentDirectory == parent)
        #expect(path == "/" || path.lastComponent == last)
    }

    @Test func `every error names path, fact and remedy in lower case`() {
        let errors: [FileError] = [
            .io(.rename, errno: EACCES, path: "p"), .io(.write, errno: ENOSPC, path: "p"),
            FileError(SafetensorsProblem.headerStart, path: "p"),
            FileError(APRProblem.magic([1, 2, 3, 4]), path: "p"),
            FileError(ManifestProblem.notCanonical, path: "p"),
            FileError(ShardIndexProblem.empty, path: "p"),
            FileError(AdapterConfigProblem.missing("r"), path: "p"),
            FileError(TensorProblem.missing(name: "t"), path: "p"),
            FileError(FileProblem.notRegularFile, path: "p"),
        ]
        for error in errors {
            #expect(error.description == "p: \(error.fact); \(error.remedy)")
            #expect(!error.fact.isEmpty && !error.remedy.isEmpty)
            #expect(error.remedy.first?.isLowercase == true)
        }
    }
}
