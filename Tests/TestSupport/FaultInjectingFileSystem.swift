public import Platform
import TensorCore

/// A file system that fails or stops at one operation, and records all of them.
///
/// Operations are counted from 0 in the order in which they are asked for.
public final class FaultInjectingFileSystem: FileSystem {
    /// What happens at the chosen operation.
    public enum Fault: Sendable, Hashable {
        /// The operation fails with this error number; later ones work.
        case error(Int32)
        /// This and every later operation that needs room fails; removing still works.
        case full(Int32)
        /// A write takes half of its bytes and reports that; other operations are not affected.
        case shortWrite
        /// A write takes half of its bytes, then the next operation fails with this error number.
        case shortWriteThenError(Int32)
        /// The process dies before the operation: neither it nor any later one is carried out.
        case crash
        /// The process dies in the middle of a write, or right after any other operation.
        case crashAfterHalf
    }

    /// An operation as it was carried out.
    public enum Operation: Sendable, Hashable {
        case create(String)
        case openForAppending(String)
        case write(String, [UInt8])
        case truncate(String, Int)
        case synchronize(String)
        case close(String)
        case makeDirectory(String)
        case synchronizeDirectory(String)
        case rename(String, String)
        case exchange(String, String)
        case removeFile(String)
        case removeDirectory(String)
        case freeSpace(String)
    }

    private struct Progress {
        var count = 0
        var hasFired = false
        var isDead = false
        var isFull: Int32?
        var nextError: Int32?
        var operations: [Operation] = []
    }

    private let base = DiskFileSystem()
    private let operation: Int?
    private let fault: Fault
    private let canExchange: Bool
    private let willPerform: (@Sendable (Operation) -> Void)?
    private let freeSpace: (@Sendable (Int) -> Int)?
    private let progress = Locked(Progress())

    /// A layer over the disk.
    ///
    /// - Parameters:
    ///   - operation: The number of the operation at which the fault happens, or nil for none.
    ///   - fault: What happens there.
    ///   - canExchange: Whether the file system can swap two names.
    ///   - willPerform: Called before every operation but writes, in the thread that asks for it; may wait.
    ///   - freeSpace: The free space to report, given the real one.
    public init(
        failingAt operation: Int? = nil, with fault: Fault = .crash, canExchange: Bool = true,
        willPerform: (@Sendable (Operation) -> Void)? = nil, freeSpace: (@Sendable (Int) -> Int)? = nil
    ) {
        self.operation = operation
        self.fault = fault
        self.canExchange = canExchange
        self.willPerform = willPerform
        self.freeSpace = freeSpace
    }

    /// Whether the fault has happened.
    public var hasFired: Bool { progress.withLock(\.hasFired) }
    /// The operations that were asked for.
    public var count: Int { progress.withLock(\.count) }
    /// The operations that were carried out.
    public var operations: [Operation] { progress.withLock(\.operations) }

    private enum Verdict { case proceed, half, proceedThenDie, fail(Int32) }

    private func verdict(needsRoom: Bool = false, isWrite: Bool = false) -> Verdict {
        progress.withLock { progress in
            let number = progress.count
            progress.count += 1
            if progress.isDead { return .fail(EIO) }
            if let error = progress.nextError {
                progress.nextError = nil
                return .fail(error)
            }
            if needsRoom, let error = progress.isFull { return .fail(error) }
            guard number == operation else { return .proceed }
            progress.hasFired = true
            switch fault {
            case .error(let error): return .fail(error)
            case .full(let error):
                progress.isFull = error
                return needsRoom ? .fail(error) : .proceed
            case .shortWrite: return isWrite ? .half : .proceed
            case .shortWriteThenError(let error):
                progress.nextError = error
                return isWrite ? .half : .proceed
            case .crash:
                progress.isDead = true
                return .fail(EIO)
            case .crashAfterHalf:
                progress.isDead = true
                return isWrite ? .half : .proceedThenDie
            }
        }
    }

    private func perform<Result>(
        _ record: Operation, as name: FileOperation, path: String, needsRoom: Bool = false,
        _ body: () throws(FileError) -> Result
    ) throws(FileError) -> Result {
        willPerform?(record)
        switch verdict(needsRoom: needsRoom) {
        case .fail(let error): throw .io(name, errno: error, path: path)
        case .proceed, .half:
            let result = try body()
            progress.withLock { $0.operations.append(record) }
            return result
        case .proceedThenDie:
            _ = try body()
            progress.withLock { $0.operations.append(record) }
            throw .io(name, errno: EIO, path: path)
        }
    }

    public func create(_ path: String) throws(FileError) -> OpenFile {
        try perform(.create(path), as: .create, path: path, needsRoom: true) { () throws(FileError) in
            try base.create(path)
        }
    }

    public func openForAppending(_ path: String) throws(FileError) -> OpenFile {
        try perform(.openForAppending(path), as: .open, path: path) { () throws(FileError) in
            try base.openForAppending(path)
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws(FileError) -> Int {
        var part = bytes
        switch verdict(needsRoom: true, isWrite: true) {
        case .fail(let error): throw .io(.write, errno: error, path: file.path)
        case .half: part = UnsafeRawBufferPointer(rebasing: bytes[..<max(1, bytes.count / 2)])
        case .proceed, .proceedThenDie: break
        }
        let written = try base.write(part, to: file)
        let taken = Array(part.prefix(written))
        let isDead = progress.withLock { progress in
            progress.operations.append(.write(file.path, taken))
            return progress.isDead
        }
        if isDead { throw .io(.write, errno: EIO, path: file.path) }
        return written
    }

    public func truncate(_ file: OpenFile, to byteCount: Int) throws(FileError) {
        try perform(.truncate(file.path, byteCount), as: .write, path: file.path) {
            () throws(FileError) in
            try base.truncate(file, to: byteCount)
        }
    }

    public func synchronize(_ file: OpenFile) throws(FileError) {
        // Nothing is really synchronized: tests look at the running system, and power loss is modelled.
        try perform(.synchronize(file.path), as: .synchronize, path: file.path, needsRoom: true) {}
    }

    public func close(_ file: OpenFile) throws(FileError) {
        let verdict = verdict()
        // As in reality, the descriptor is closed even if an error is reported.
        try base.close(file)
        if case .fail(let error) = verdict { throw .io(.close, errno: error, path: file.path) }
        progress.withLock { $0.operations.append(.close(file.path)) }
        if case .proceedThenDie = verdict { throw .io(.close, errno: EIO, path: file.path) }
    }

    public func makeDirectory(_ path: String) throws(FileError) {
        try perform(.makeDirectory(path), as: .makeDirectory, path: path, needsRoom: true) {
            () throws(FileError) in
            try base.makeDirectory(path)
        }
    }

    public func synchronizeDirectory(_ path: String) throws(FileError) {
        try perform(.synchronizeDirectory(path), as: .synchronizeDirectory, path: path) {
            () throws(FileError) in
            // Only operations that would really fail have to fail.
            _ = try Directory.names(in: path)
        }
    }

    public func rename(_ source: String, to destination: String) throws(FileError) {
        try perform(.rename(source, destination), as: .rename, path: destination) {
            () throws(FileError) in
            try base.rename(source, to: destination)
        }
    }

    public func exchange(_ first: String, _ second: String) throws(FileError) -> Bool {
        guard canExchange else { return false }
        return try perform(.exchange(first, second), as: .exchange, path: second) {
            () throws(FileError) in
            try base.exchange(first, second)
        }
    }

    public func removeFile(_ path: String) throws(FileError) {
        try perform(.removeFile(path), as: .removeFile, path: path) { () throws(FileError) in
            try base.removeFile(path)
        }
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        try perform(.removeDirectory(path), as: .removeDirectory, path: path) { () throws(FileError) in
            try base.removeDirectory(path)
        }
    }

    public func freeSpace(at path: String) throws(FileError) -> Int {
        try perform(.freeSpace(path), as: .freeSpace, path: path) { () throws(FileError) in
            let bytes = try base.freeSpace(at: path)
            return freeSpace?(bytes) ?? bytes
        }
    }
}
