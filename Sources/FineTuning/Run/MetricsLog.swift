public import JSONCore
public import Platform

/// `metrics.jsonl`: one object per step, validation and epoch, each with a check value over its own line.
///
/// The last member, `check`, is the CRC-32 of the line without it, in eight hexadecimal digits. When the disk is
/// full, lines stay in memory until they can be written.
public final class MetricsLog {
    /// The version of the lines' layout.
    public static let schemaVersion = 1
    /// The file's name in a run directory.
    public static let fileName = "metrics.jsonl"
    private static let sizeLimit = 4 << 30

    /// One whole line.
    public struct Line: Sendable {
        /// The object.
        public let object: JSONObject
        /// The number of steps done when it was written.
        public let step: Int
        /// Its kind: `step`, `evaluation` or `epoch`.
        public let type: String
        /// The offset of its end in the file.
        let end: Int
    }

    private let fileSystem: any FileSystem
    private let file: OpenFile
    private var isOpen = true
    /// The size of the file's whole lines.
    private var byteCount: Int
    /// Lines that are not in the file yet.
    private var waiting: [UInt8] = []

    /// Opens a run's log for appending, creating it if missing.
    init(directory: String, fileSystem: any FileSystem) throws(FileError) {
        let path = directory.appendingComponent(Self.fileName)
        self.fileSystem = fileSystem
        file = try fileSystem.openForAppending(path)
        byteCount = try FileStatus.of(path, followingLinks: false)?.byteCount ?? 0
    }

    /// Appends an object.
    ///
    /// - Throws: `FileError` when writing fails for another reason than lack of room.
    func append(_ type: String, _ members: JSONObject) throws(FileError) {
        var object: JSONObject = ["schema_version": JSONValue(Self.schemaVersion), "type": .string(type)]
        for member in members { object[member.key] = member.value }
        object["check"] = .string(Self.checkValue(of: object))
        waiting += Array((JSONValue.object(object).encoded() + "\n").utf8)
        do throws(FileError) {
            let outcome = waiting.withUnsafeBytes { bytes in
                Result { () throws(FileError) in try fileSystem.writeAll(bytes, to: file) }
            }
            try outcome.get()
        } catch {
            guard error.isOutOfSpace else { throw error }
            // Part of a line may have been written. Truncation works even on a full disk.
            return try fileSystem.truncate(file, to: byteCount)
        }
        byteCount += waiting.count
        waiting = []
    }

    /// Flushes all lines written before the call to the disk, as far as there is room for them. Works in any thread
    /// until the log is closed.
    var synchronizer: @Sendable () throws -> Void {
        { [fileSystem, file] in
            try Self.unlessFull { () throws(FileError) in try fileSystem.synchronize(file) }
        }
    }

    /// Closes the log of a run that ended with an error.
    deinit {
        if isOpen { try? fileSystem.close(file) }
    }

    /// Closes the file.
    func close() throws(FileError) {
        isOpen = false
        try Self.unlessFull { () throws(FileError) in try fileSystem.close(file) }
    }

    /// A full disk must not stop a run because of its log.
    private static func unlessFull(_ body: () throws(FileError) -> Void) throws(FileError) {
        do throws(FileError) {
            try body()
        } catch {
            guard error.isOutOfSpace else { throw error }
        }
    }

    /// Whether a line is intact: its check value matches its other members.
    public static func isWhole(_ object: JSONObject) -> Bool {
        guard let stated = object["check"]?.string else { return false }
        var rest = object
        rest["check"] = nil
        return stated.utf8.elementsEqual(checkValue(of: rest).utf8)
    }

    /// Reads a run's log up to the first line that is not intact.
    ///
    /// - Throws: `FileError` when the file is there but cannot be read.
    public static func read(directory: String) throws(FileError) -> [Line] {
        let path = directory.appendingComponent(fileName)
        guard try FileStatus.of(path, followingLinks: true) != nil else { return [] }
        return lines(of: try MappedFile(path: path, limit: sizeLimit))
    }

    /// The state of a log, for verification.
    public struct Condition: Sendable, Hashable {
        /// The number of intact lines before the first that is not.
        public let wholeLines: Int
        /// Whether the last line is incomplete, as after a kill or a power cut; resuming removes it.
        public let isTorn: Bool
        /// The number of the first line, from 1, that was changed after it was written; nil when there is none.
        public let damagedLine: Int?
        /// The number of the first line, from 1, whose step is less than that of an earlier line.
        public let repeatedLine: Int?
    }

    /// Checks every line of a run's log; nil when there is none.
    ///
    /// - Throws: `FileError` when the file is there but cannot be read.
    public static func condition(directory: String) throws(FileError) -> Condition? {
        let path = directory.appendingComponent(fileName)
        guard try FileStatus.of(path, followingLinks: true) != nil else { return nil }
        let file = try MappedFile(path: path, limit: sizeLimit)
        let whole = lines(of: file)
        let end = whole.last?.end ?? 0
        let isWhole = end == file.byteCount
        let endsInLine = file.withUnsafeBytes { $0[end...].contains(UInt8(ascii: "\n")) }
        let steps = whole.filter { $0.type == "step" }.map(\.step)
        let repeated = zip(steps, steps.dropFirst()).first { $0 >= $1 }?.1
        return Condition(
            wholeLines: whole.count, isTorn: !isWhole && !endsInLine,
            damagedLine: !isWhole && endsInLine ? whole.count + 1 : nil,
            repeatedLine: repeated.flatMap { step in
                whole.lastIndex { $0.type == "step" && $0.step == step }.map { $0 + 1 }
            })
    }

    /// Truncates the log to its content at a checkpoint; the removed lines are kept in `metrics-after-step-N.jsonl`.
    ///
    /// - Parameters:
    ///   - step: the number of steps done at that checkpoint.
    ///   - isKept: whether a line had been written then.
    static func cut(
        directory: String, step: Int, fileSystem: any FileSystem, isKept: (Line) -> Bool
    ) throws(FileError) {
        let path = directory.appendingComponent(fileName)
        guard try FileStatus.of(path, followingLinks: false) != nil else { return }
        let source = try MappedFile(path: path, limit: sizeLimit)
        let end = lines(of: source).prefix(while: isKept).last?.end ?? 0
        guard end < source.byteCount else { return }
        let tail = source.withUnsafeBytes { Array($0[end...]) }
        let aside = directory.appendingComponent("metrics-after-step-\(step).jsonl")
        try keepAside(tail, in: aside, fileSystem: fileSystem)
        let file = try fileSystem.openForAppending(path)
        do throws(FileError) {
            try fileSystem.truncate(file, to: end)
            try fileSystem.synchronize(file)
        } catch {
            // The first error says more than an error from closing.
            try? fileSystem.close(file)
            throw error
        }
        try fileSystem.close(file)
    }

    /// Adds lines to the file of removed lines, once: if a process is killed before it truncates the log, the next
    /// one repeats both steps.
    private static func keepAside(
        _ tail: [UInt8], in path: String, fileSystem: any FileSystem
    ) throws(FileError) {
        var kept: [UInt8] = []
        if try FileStatus.of(path, followingLinks: false) != nil {
            kept = try MappedFile(path: path, limit: sizeLimit).withUnsafeBytes { Array($0) }
            // Every line has a unique time or value, so equal bytes are the same lines.
            if kept.suffix(tail.count).elementsEqual(tail) { return }
        }
        try AtomicFile.write(kept + tail, to: path, fileSystem: fileSystem)
    }

    private static func lines(of file: MappedFile) -> [Line] {
        file.withUnsafeBytes { bytes in
            var lines: [Line] = []
            var start = 0
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                guard let object = (try? JSONParser.parse(text))?.object, isWhole(object),
                    let step = object.count("step"), let type = object["type"]?.string
                else { break }
                lines.append(Line(object: object, step: step, type: type, end: end + 1))
                start = end + 1
            }
            return lines
        }
    }

    private static func checkValue(of object: JSONObject) -> String {
        let text = Array(JSONValue.object(object).encoded().utf8)
        let digits = String(text.withUnsafeBytes { CRC32.checksum($0) }, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
