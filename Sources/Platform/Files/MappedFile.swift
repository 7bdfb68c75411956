/// A file mapped read-only into memory; a small one is read into it.
///
/// The mapping belongs to the file that was opened, so it survives that file being replaced or removed by name.
/// A file that is cut short in place by another process while mapped ends this process (SIGBUS) when the lost pages are
/// touched; the writers of this module never do that. Files that people edit in place, such as configurations, are small.
public final class MappedFile: Sendable {
    /// The path the file was opened by.
    public let path: String
    /// The size of the file in bytes when it was opened.
    public let byteCount: Int
    /// What the file system said about the file when it was opened.
    package let status: FileStatus

    nonisolated(unsafe) private let base: UnsafeMutableRawPointer?
    private let isMapping: Bool

    /// Maps a regular file.
    ///
    /// - Parameters:
    ///   - path: The file; symbolic links are followed.
    ///   - limit: The most bytes the caller is prepared to look at.
    /// - Throws: `FileError` when the file cannot be opened, is not a regular file, is too large, or is a Git LFS pointer.
    public init(path: String, limit: Int = .max) throws(FileError) {
        // Without O_NONBLOCK, opening a pipe would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .io(.open, errno: errno, path: path) }
        defer { close(descriptor) }

        var raw = stat()
        guard fstat(descriptor, &raw) == 0 else { throw .io(.inspect, errno: errno, path: path) }
        let status = FileStatus(raw)
        guard status.kind == .file else { throw FileError(FileProblem.notRegularFile, path: path) }
        guard status.byteCount <= limit else {
            throw FileError(FileProblem.tooLarge(bytes: status.byteCount, limit: limit), path: path)
        }

        self.path = path
        self.status = status
        isMapping = status.byteCount > Self.smallFile
        if status.byteCount <= Self.smallFile {
            (base, byteCount) = try Self.content(of: descriptor, atMost: status.byteCount, path: path)
            guard !withUnsafeBytes({ GitLFSPointer.matches($0) }) else {
                throw FileError(FileProblem.gitLFSPointer, path: path)
            }
        } else {
            byteCount = status.byteCount
            let mapping = mmap(nil, status.byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
            guard let mapping, mapping != MAP_FAILED else { throw .io(.map, errno: errno, path: path) }
            base = mapping
        }
    }

    /// Files up to this size are read.
    private static let smallFile = 1 << 20

    /// Reads a small file, which may have become shorter since its size was asked for.
    private static func content(
        of descriptor: Int32, atMost size: Int, path: String
    ) throws(FileError) -> (UnsafeMutableRawPointer, Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, size), alignment: 64)
        var count = 0
        while count < size {
            let taken = read(descriptor, memory + count, size - count)
            if taken > 0 {
                count += taken
            } else if taken == 0 {
                break
            } else if errno != EINTR {
                let code = errno
                memory.deallocate()
                throw .io(.read, errno: code, path: path)
            }
        }
        return (memory, count)
    }

    /// A file made of bytes in memory, so that readers can be tested without a disk.
    package init(bytes: [UInt8], path: String) {
        self.path = path
        byteCount = bytes.count
        status = FileStatus(byteCount: bytes.count)
        isMapping = false
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 64)
        copy.copyMemory(from: bytes, byteCount: bytes.count)
        base = copy
    }

    deinit {
        guard let base else { return }
        if isMapping { munmap(base, byteCount) } else { base.deallocate() }
    }

    /// Lends the bytes of the whole file; the pointer is valid during the call only.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(self) { () throws(Failure) -> Result in
            try body(UnsafeRawBufferPointer(start: base, count: byteCount))
        }
    }

    /// The bytes of the whole file, which outlive the call as long as this object does.
    ///
    /// For weights that stay mapped while a model uses them: keep the `MappedFile` beside the pointer.
    public var unsafeBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// Releases the memory of a part of the file; the next use reads it again.
    package func release(_ range: Range<Int>) {
        guard let base, isMapping else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard page > 0 else { return }
        // Whole pages only: the rest of the first and last page may be in use.
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        if start < end { _ = madvise(base + start, end - start, MADV_DONTNEED) }
    }

    /// Tells the system that the file is about to be read from front to back.
    package func willReadSequentially() {
        if let base, isMapping { _ = posix_madvise(base, byteCount, Int32(POSIX_MADV_SEQUENTIAL)) }
    }
}
