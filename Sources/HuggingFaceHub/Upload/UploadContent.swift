package import Platform

/// The bytes of a file that is sent; they need not be contiguous.
public struct UploadContent: Sendable {
    /// Some of the bytes.
    package enum Part: Sendable {
        /// In memory.
        case bytes([UInt8])
        /// In a file, which must not have changed since its status was asked for, where one is given.
        case file(path: String, range: Range<Int>, status: FileStatus?)
        /// In a file that is open. Its name may be another's by now; as long as it has it, nobody may have changed it.
        case opened(MappedFile, range: Range<Int>)

        var byteCount: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, let range, _), .opened(_, let range): range.count
            }
        }
    }

    private let parts: [Part]
    /// The number of bytes.
    public let byteCount: Int

    /// Parts one behind the other.
    package init(_ parts: [Part]) {
        self.parts = parts
        byteCount = parts.reduce(0) { $0 + $1.byteCount }
    }

    /// Reads at any offset. A file stays open until another one is read.
    struct Reader {
        private let content: UploadContent
        private var open: (part: Int, file: ReadFile)?

        init(_ content: UploadContent) { self.content = content }

        /// Reads some bytes, at least one.
        ///
        /// - Throws: `FileError` when a file cannot be read, or has changed.
        mutating func read(
            into target: UnsafeMutableRawBufferPointer, at offset: Int
        ) throws(FileError) -> Int {
            var start = offset
            for (index, part) in content.parts.enumerated() {
                guard start >= part.byteCount else { return try read(part, index, from: start, into: target) }
                start -= part.byteCount
            }
            preconditionFailure("nothing stands at byte \(offset)")
        }

        private mutating func read(
            _ part: Part, _ index: Int, from start: Int, into target: UnsafeMutableRawBufferPointer
        ) throws(FileError) -> Int {
            let count = min(target.count, part.byteCount - start)
            switch part {
            case .bytes(let bytes):
                target.copyBytes(from: bytes[start..<start + count])
                return count
            case .opened(let file, let range):
                let now = try FileStatus.of(file.path, followingLinks: true)
                if let now, now.device == file.status.device, now.inode == file.status.inode,
                    now != file.status
                {
                    throw FileError(FileProblem.changedWhileReading, path: file.path)
                }
                let first = range.lowerBound + start
                file.withUnsafeBytes {
                    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + count]))
                }
                return count
            case .file(let path, let range, let status):
                if open?.part != index { open = (index, try ReadFile(path: path, unchangedSince: status)) }
                let read = try open?.file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: target[..<count]),
                    at: range.lowerBound + start)
                guard let read, read > 0 else {
                    throw FileError(FileProblem.changedWhileReading, path: path)
                }
                return read
            }
        }
    }

    /// Up to `count` bytes from an offset.
    ///
    /// - Throws: `FileError` when a file cannot be read, or has changed.
    package func bytes(from start: Int = 0, count: Int? = nil) throws(FileError) -> [UInt8] {
        let count = min(count ?? byteCount, byteCount - start)
        var bytes = [UInt8](repeating: 0, count: count)
        var reader = Reader(self)
        let outcome = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in
                var done = 0
                while done < count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                    done += try reader.read(into: rest, at: start + done)
                }
            }
        }
        try outcome.get()
        return bytes
    }
}
