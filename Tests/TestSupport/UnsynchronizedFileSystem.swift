public import Platform

/// The machine's file system without waiting for the disk, for tests that save hundreds of times.
public struct UnsynchronizedFileSystem: FileSystem {
    private let disk = DiskFileSystem()

    /// A file system that is durable in name only.
    public init() {}

    public func create(_ path: String) throws(FileError) -> OpenFile { try disk.create(path) }
    public func openForAppending(_ path: String) throws(FileError) -> OpenFile {
        try disk.openForAppending(path)
    }
    public func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(FileError) -> Int {
        try disk.write(bytes, to: file)
    }
    public func truncate(_ file: OpenFile, to byteCount: Int) throws(FileError) {
        try disk.truncate(file, to: byteCount)
    }
    public func synchronize(_ file: OpenFile) throws(FileError) {}
    public func close(_ file: OpenFile) throws(FileError) { try disk.close(file) }
    public func makeDirectory(_ path: String) throws(FileError) { try disk.makeDirectory(path) }
    public func synchronizeDirectory(_ path: String) throws(FileError) {}
    public func rename(_ source: String, to destination: String) throws(FileError) {
        try disk.rename(source, to: destination)
    }
    public func exchange(_ first: String, _ second: String) throws(FileError) -> Bool {
        try disk.exchange(first, second)
    }
    public func removeFile(_ path: String) throws(FileError) { try disk.removeFile(path) }
    public func removeDirectory(_ path: String) throws(FileError) { try disk.removeDirectory(path) }
    public func freeSpace(at path: String) throws(FileError) -> Int { try disk.freeSpace(at: path) }
}
