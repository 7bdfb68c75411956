import Foundation
import Platform
import TestSupport
import Testing

/// What a person at a terminal sees, and that NO_COLOR and CI are respected.
@Suite struct TerminalTests {
    /// Trains two steps with standard error on a terminal, and returns what was shown there.
    private func shown(_ environment: [String: String]) throws -> String {
        let directory = try TemporaryDirectory()
        let corpus = try directory.write(Fixture.corpus(), to: "corpus.jsonl")
        var (terminal, other): (Int32, Int32) = (-1, -1)
        try #require(openpty(&terminal, &other, nil, nil, nil) == 0)
        defer { close(terminal) }
        let side = FileHandle(fileDescriptor: other, closeOnDealloc: false)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: Apr.path)
        process.arguments = [
            "finetune", Fixture.base, "--data", corpus, "-o", directory("run"), "--max-steps", "2",
        ]
        var variables = ProcessInfo.processInfo.environment
        for name in ["NO_COLOR", "CI"] { variables[name] = nil }
        variables["TERM"] = "xterm"
        process.environment = variables.merging(environment) { $1 }
        process.standardError = side
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        try side.close()

        // Reading ends with an error once the program has closed its side.
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = read(terminal, &piece, piece.count), count > 0 { bytes += piece[..<count] }
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `A terminal gets a line that rewrites itself, and colours`() throws {
        let text = try shown([:])
        #expect(text.contains("\r\u{1B}[Kepoch 1  step 1/2"), "\(text.debugDescription)")
        #expect(text.contains("\u{1B}[1"))
    }

    @Test func `NO_COLOR leaves the line and takes the colours`() throws {
        let text = try shown(["NO_COLOR": "1"])
        #expect(text.contains("\r\u{1B}[Kepoch 1"))
        #expect(!text.contains("\u{1B}[1"))
    }

    @Test(arguments: [["CI": "true"], ["TERM": "dumb"]])
    func `A build service and a dumb terminal get plain lines`(environment: [String: String]) throws {
        let text = try shown(environment)
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("\nepoch 1  step 1/2"), "\(text.debugDescription)")
    }
}
