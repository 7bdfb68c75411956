public import Platform

/// A TensorBoard event file: a TFRecord of `Event` messages, appended as they come.
public final class EventFile {
    private let fileSystem: any FileSystem
    private let file: OpenFile
    /// The file.
    public let path: String

    /// Creates an event file in a directory, which is made if it is not there.
    ///
    /// - Throws: `FileError`.
    public init(directory: String, fileSystem: any FileSystem = DiskFileSystem()) throws(FileError) {
        try Self.makeDirectories(directory.withoutTrailingSlashes, fileSystem)
        let seconds = Int(Self.now)
        // TensorBoard reads the files of a directory in the order of their names.
        var number = 0
        func path() -> String {
            directory.appendingComponent("events.out.tfevents.\(seconds).apr.\(getpid()).\(number)")
        }
        while try FileStatus.of(path(), followingLinks: false) != nil { number += 1 }
        self.path = path()
        self.fileSystem = fileSystem
        file = try fileSystem.create(self.path)
        var event = ProtobufMessage()
        event.add(1, Self.now)
        event.add(3, "brain.Event:2")
        try append(event)
    }

    /// Appends the figures of a step, including those that are not finite.
    public func add(step: Int, _ scalars: [(tag: String, value: Double)]) throws(FileError) {
        var summary = ProtobufMessage()
        for scalar in scalars {
            var value = ProtobufMessage()
            value.add(1, scalar.tag)
            value.add(2, Float(scalar.value))
            summary.add(1, value)
        }
        try add(step: step, summary: summary)
    }

    /// Appends the values of a summary.
    func add(step: Int, summary: ProtobufMessage) throws(FileError) {
        var event = header(step: step)
        event.add(5, summary)
        try append(event)
    }

    /// Marks that a run restarts after a step: TensorBoard drops later steps of earlier files.
    public func addRestart(afterStep step: Int) throws(FileError) {
        var log = ProtobufMessage()
        log.add(1, 1)
        var event = header(step: step + 1)
        event.add(7, log)
        try append(event)
    }

    /// Closes the file.
    public func close() throws(FileError) { try fileSystem.close(file) }

    private func header(step: Int) -> ProtobufMessage {
        var event = ProtobufMessage()
        event.add(1, Self.now)
        event.add(2, step)
        return event
    }

    private func append(_ event: ProtobufMessage) throws(FileError) {
        let data = event.bytes
        let length = Self.littleEndian(UInt64(data.count))
        let record =
            length + Self.littleEndian(CRC32C.masked(length)) + data + Self.littleEndian(CRC32C.masked(data))
        let outcome = record.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try fileSystem.writeAll(bytes, to: file) }
        }
        try outcome.get()
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static var now: Double {
        var time = timeval()
        gettimeofday(&time, nil)
        return Double(time.tv_sec) + Double(time.tv_usec) * 1e-6
    }

    private static func makeDirectories(
        _ path: String, _ fileSystem: any FileSystem
    ) throws(FileError) {
        if let status = try FileStatus.of(path, followingLinks: true), status.kind != .directory {
            throw FileError.io(.makeDirectory, errno: ENOTDIR, path: path)
        }
        try Directory.make(path, fileSystem: fileSystem)
    }
}

/// CRC-32C (Castagnoli), as TFRecord files check themselves with.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
        }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { value, byte in
            table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ (value >> 8)
        }
    }

    /// The masked checksum that TFRecord stores: rotated plus a constant, so that data may itself hold checksums.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        let value = checksum(bytes)
        return ((value >> 15) | (value << 17)) &+ 0xA282_EAD8
    }
}
