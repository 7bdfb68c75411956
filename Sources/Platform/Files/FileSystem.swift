/// A file being written through a `FileSystem`.
public struct OpenFile: Sendable, Hashable {
    /// The path it was created by.
    public let path: String
    /// The system's number for it.
    public let descriptor: Int32

    /// An open file; made by file systems.
    public init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }
}

/// Every operation by which this program changes files.
///
/// Production code uses `DiskFileSystem`; tests put a layer in between that fails or stops at the n-th
/// operation. Paths are used as given; symbolic links in the last component are never followed.
public protocol FileSystem: Sendable {
    /// Creates a new file (mode 0644, subject to the umask); an existing one is an error.
    func create(_ path: String) throws(FileError) -> OpenFile
    /// Opens a file for appending, creating it if missing (mode 0644, subject to the umask).
    func openForAppending(_ path: String) throws(FileError) -> OpenFile
    /// Writes some of the bytes and returns how many; at least one unless there is none.
    func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(FileError) -> Int
    /// Cuts or extends an open file to a size.
    func truncate(_ file: OpenFile, to byteCount: Int) throws(FileError)
    /// Says that a file will be synchronized soon, so that the disk can begin: a hint that may do nothing.
    func beginWritingOut(_ file: OpenFile)
    /// Makes the content of a file durable.
    func synchronize(_ file: OpenFile) throws(FileError)
    /// Closes a file. The descriptor is gone afterwards even when this throws.
    func close(_ file: OpenFile) throws(FileError)
    /// Creates a directory (mode 0755, subject to the umask).
    func makeDirectory(_ path: String) throws(FileError)
    /// Makes the entries of a directory durable.
    func synchronizeDirectory(_ path: String) throws(FileError)
    /// Gives something a new name, replacing a file that has it.
    func rename(_ source: String, to destination: String) throws(FileError)
    /// Swaps two names in one step; false when this file system cannot, and nothing has changed.
    func exchange(_ first: String, _ second: String) throws(FileError) -> Bool
    /// Removes a file or a symbolic link.
    func removeFile(_ path: String) throws(FileError)
    /// Removes an empty directory.
    func removeDirectory(_ path: String) throws(FileError)
    /// The bytes that an ordinary user can still write to the file system of a directory.
    func freeSpace(at path: String) throws(FileError) -> Int
    /// The same file system, which changes what lies in a directory through the directory that is held open, and throws
    /// `FileProblem.directoryReplaced` once the path names another.
    func holding(_ directory: HeldDirectory) -> any FileSystem
}

extension FileSystem {
    public func holding(_ directory: HeldDirectory) -> any FileSystem { self }

    public func beginWritingOut(_ file: OpenFile) {}

    /// Writes all the bytes, however many calls that takes.
    public func writeAll(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = try write(rest, to: file)
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
