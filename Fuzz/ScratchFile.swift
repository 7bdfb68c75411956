import Foundation

/// The one file of this process, for what reads only by path.
enum ScratchFile {
    private static let path: String = {
        let name = "apr-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        atexit { try? FileManager.default.removeItem(atPath: ScratchFile.path) }
        return path
    }()

    /// Replaces the file's content and returns its path.
    static func write(_ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}
