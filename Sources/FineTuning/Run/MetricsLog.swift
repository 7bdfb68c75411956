public import JSONCore
public import Platform

/// `metrics.jsonl`: one object per step, validation and epoch, each with a check value over its own line.
///
/// The last member, `check`, is the CRC-32 of the line without it, in eight hexadecimal digits. Lines that there is no
/// room for are kept and written when there is.
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
        /// What it is about: `step`, `evaluation` or `epoch`.
        public let type: String
        /// The offset behind it in the file.
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
            // Part of a line may have been written; a file can always be made shorter.
            return try fileSystem.truncate(file, to: byteCount)
        }
        byteCount += waiting.count
        waiting = []
    }

    /// Makes all lines durable that have been written when it is called, as far as there is room for them; in any
    /// thread, until the log is closed.
    var synchronizer: @Sendable () throws -> Void {
        { [fileSystem, file] in
            try Self.unlessFull { () throws(FileError) in try fileSystem.synchronize(file) }
        }
    }

    /// A run that ends with an error leaves its log to this.
    deinit {
        if isOpen { try? fileSystem.close(file) }
    }

    /// Closes the file.
    func close() throws(FileError) {
        isOpen = false
        try Self.unlessFull { () throws(FileError) in try fileSystem.close(file) }
    }

    /// The log is not what a full disk may stop a run for.
    private static func unlessFull(_ body: () throws(FileError) -> Void) throws(FileError) {
        do throws(FileError) {
            try body()
        } catch {
            guard error.isOutOfSpace else { throw error }
        }
    }

    /// Whether a line's object is whole: its check value is that of its other members.
    public static func isWhole(_ object: JSONObject) -> Bool {
        guard let stated = object["check"]?.string else { return false }
        var rest = object
        rest["check"] = nil
        return stated.utf8.elementsEqual(checkValue(of: rest).utf8)
    }

    /// Reads a run's log up to its first line that is not whole.
    ///
    /// - Throws: `FileError` when the file is there but cannot be read.
    public static func read(directory: String) throws(FileError) -> [Line] {
        let path = directory.appendingComponent(fileName)
        guard try FileStatus.of(path, followingLinks: true) != nil else { return [] }
        return lines(of: try MappedFile(path: path, limit: sizeLimit))
    }

    /// How a log stands, for those who verify it.
    public struct Condition: Sendable, Hashable {
        /// The number of whole lines up to the first that is not.
        public let wholeLines: Int
        /// Whether the last line is cut short, as a kill or a power cut leaves it; resuming cuts it off.
        public let isTorn: Bool
        /// The number of the first line, from 1, that was changed after it was written; nil when there is none.
        public let damagedLine: Int?
        /// The number of the first line, from 1, whose step stands before that of an earlier line.
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

    /// Cuts the log back to what had been written at a moment; what is cut off is kept aside in
    /// `metrics-after-step-N.jsonl`.
    ///
    /// - Parameters:
    ///   - step: the number of steps done at that moment.
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
            // The first error says more than one from closing.
            try? fileSystem.close(file)
            throw error
        }
        try fileSystem.close(file)
    }

    /// Adds lines to those kept aside, once: a process that is killed before it has cut the log leaves it to the next
    /// to do the same again.
    private static func keepAside(
        _ tail: [UInt8], in path: String, fileSystem: any FileSystem
    ) throws(FileError) {
        var kept: [UInt8] = []
        if try FileStatus.of(path, followingLinks: false) != nil {
            kept = try MappedFile(path: path, limit: sizeLimit).withUnsafeBytes { Array($0) }
            // Every line has a time or a value of its own, so the same bytes are the same lines.
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
