import Platform

/// Which parts of a download are on disk, kept beside it so that another process can go on.
///
/// A part is recorded after its bytes are written. After a power loss the record may be ahead of the bytes; the
/// hash of the whole file finds that at the end.
final class PartRecord {
    private static let sizeLimit = 16 << 20

    private let path: String
    private let heading: String
    /// The numbers of the parts that are there.
    private(set) var done: Set<Int> = []

    /// Reads a record; one of another file or layout counts for nothing.
    init(path: String, byteCount: Int, partSize: Int) {
        self.path = path
        heading = "apr-parts 1 \(byteCount) \(partSize)"
        guard let file = try? MappedFile(path: path, limit: Self.sizeLimit) else { return }
        let text = file.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == heading else { return }
        // The last line is empty, or was cut off in the middle.
        for line in lines.dropFirst().dropLast() {
            guard let number = Int(line), number >= 0 else { return }
            done.insert(number)
        }
    }

    /// Forgets everything and begins anew.
    func begin() throws(FileError) {
        done = []
        _ = unlink(path)
        try append(heading + "\n")
    }

    /// Notes a part.
    func add(_ number: Int) throws(FileError) {
        done.insert(number)
        try append("\(number)\n")
    }

    /// Removes the record.
    func remove() { _ = unlink(path) }

    private func append(_ text: String) throws(FileError) {
        let fileSystem = DiskFileSystem()
        let file = try fileSystem.openForAppending(path)
        let bytes = Array(text.utf8)
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try fileSystem.writeAll(bytes, to: file) }
        }
        try fileSystem.close(file)
        try outcome.get()
    }
}
