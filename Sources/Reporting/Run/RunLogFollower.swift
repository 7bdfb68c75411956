import JSONCore
public import Platform

/// Reads a run's `metrics.jsonl` as it grows.
///
/// Only whole lines count: an incomplete last line is left for the next read, and reading ends at a line whose check
/// value does not fit. A file that was cut back or replaced is read anew.
public struct RunLogFollower: Sendable {
    private static let partSize = 1 << 20

    /// What has been read.
    public private(set) var log = RunLog()
    /// Whether a complete line has a wrong check value.
    public private(set) var isDamaged = false
    private let path: String
    private var offset = 0
    /// The last whole line, which reveals a file that was truncated and continued.
    private var lastLine: [UInt8] = []
    private var inode: UInt64?

    /// Follows the log of the run in a directory.
    public init(directory: String) { path = directory.appendingComponent("metrics.jsonl") }

    /// Reads what has been written since; true when there was something.
    ///
    /// - Throws: `FileError` when the file is there but cannot be read.
    public mutating func poll() throws(FileError) -> Bool {
        let (descriptor, status): (Int32, FileStatus)
        do throws(FileError) {
            (descriptor, status) = try FileReading.open(path)
        } catch {
            if error.isNotFound { return false }
            throw error
        }
        defer { close(descriptor) }
        if try !continues(descriptor, size: status.byteCount, inode: status.inode) {
            (log, isDamaged, offset, lastLine) = (RunLog(), false, 0, [])
        }
        inode = status.inode
        let before = offset
        while !isDamaged, try readPart(descriptor) {}
        return offset > before
    }

    /// Whether what has been read is still the beginning of the file.
    private func continues(_ descriptor: Int32, size: Int, inode: UInt64) throws(FileError) -> Bool {
        guard offset > 0 else { return true }
        guard self.inode == inode, size >= offset else { return false }
        return try read(descriptor, at: offset - lastLine.count, count: lastLine.count) == lastLine
    }

    /// Reads on by as many whole lines as one part holds; false when there is none.
    private mutating func readPart(_ descriptor: Int32) throws(FileError) -> Bool {
        var count = Self.partSize
        while true {
            let bytes = try read(descriptor, at: offset, count: count)
            if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
                take(bytes[...end])
                return true
            }
            // No line is longer; a part without a line break is incomplete.
            guard bytes.count == count, count < 64 << 20 else { return false }
            count *= 2
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            guard let object = (try? JSONParser.parse(line))?.object, LineCheck.isWhole(object) else {
                isDamaged = true
                return
            }
            log.add(object)
            lastLine = line + [UInt8(ascii: "\n")]
            offset += lastLine.count
        }
    }

    private func read(_ descriptor: Int32, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
            }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw FileError.io(.inspect, errno: errno, path: path)
            }
            done += got
        }
        return Array(bytes.prefix(done))
    }
}

/// The check value that closes every line of `metrics.jsonl`: the CRC-32 of the line without it.
enum LineCheck {
    static func isWhole(_ line: JSONObject) -> Bool {
        guard let stated = line["check"]?.string else { return false }
        var rest = line
        rest["check"] = nil
        let text = Array(JSONValue.object(rest).encoded().utf8)
        let value = text.withUnsafeBytes { CRC32.checksum($0) }
        return stated.utf8.count == 8 && UInt32(stated, radix: 16) == value
    }
}
