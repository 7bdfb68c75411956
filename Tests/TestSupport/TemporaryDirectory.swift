import Platform

/// A new directory that is removed with its content when the object is deallocated.
public final class TemporaryDirectory: Sendable {
    /// Where the directory is.
    public let path: String

    /// Creates a directory in the system's temporary directory.
    public init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let name = "apr-test-" + String(UInt64.random(in: .min ... .max), radix: 36)
        path = base.appendingComponent(name)
        try DiskFileSystem().makeDirectory(path)
    }

    deinit { try? DirectoryRemoval(DiskFileSystem()).removeTree(path) }

    /// The path of an entry.
    public func callAsFunction(_ name: String) -> String { path.appendingComponent(name) }

    /// Writes a file and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let target = self(name)
        try? DiskFileSystem().removeFile(target)
        let fileSystem = DiskFileSystem()
        let file = try fileSystem.create(target)
        try bytes.withUnsafeBytes { try fileSystem.writeAll($0, to: file) }
        try fileSystem.close(file)
        return target
    }

    /// Writes a text file and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Creates a directory inside and returns its path.
    @discardableResult
    public func makeDirectory(_ name: String) throws -> String {
        try DiskFileSystem().makeDirectory(self(name))
        return self(name)
    }

    /// The content of a file.
    public func read(_ name: String) throws -> [UInt8] {
        try MappedFile(path: self(name)).withUnsafeBytes { Array($0) }
    }

    /// The names inside, in byte order.
    public func names() throws -> [String] { try Directory.names(in: path) }
}
