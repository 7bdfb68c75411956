public import CheckpointIO

/// The machine's file system without waiting for the disk, for tests that save hundreds of times.
public struct UnsynchronizedFileSystem: FileSystem {
    private let disk = DiskFileSystem()

    /// A file system that is durable in name only.
    public init() {}

    public func create(_ path: String) throws(CheckpointError) -> OpenFile { try disk.create(path) }
    public func openForAppending(_ path: String) throws(CheckpointError) -> OpenFile {
        try disk.openForAppending(path)
    }
    public func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(CheckpointError) -> Int {
        try disk.write(bytes, to: file)
    }
    public func truncate(_ file: OpenFile, to byteCount: Int) throws(CheckpointError) {
        try disk.truncate(file, to: byteCount)
    }
    public func synchronize(_ file: OpenFile) throws(CheckpointError) {}
    public func close(_ file: OpenFile) throws(CheckpointError) { try disk.close(file) }
    public func makeDirectory(_ path: String) throws(CheckpointError) { try disk.makeDirectory(path) }
    public func synchronizeDirectory(_ path: String) throws(CheckpointError) {}
    public func rename(_ source: String, to destination: String) throws(CheckpointError) {
        try disk.rename(source, to: destination)
    }
    public func exchange(_ first: String, _ second: String) throws(CheckpointError) -> Bool {
        try disk.exchange(first, second)
    }
    public func removeFile(_ path: String) throws(CheckpointError) { try disk.removeFile(path) }
    public func removeDirectory(_ path: String) throws(CheckpointError) { try disk.removeDirectory(path) }
    public func freeSpace(at path: String) throws(CheckpointError) -> Int { try disk.freeSpace(at: path) }
}
