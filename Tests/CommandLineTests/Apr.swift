import Foundation
import JSONCore
import Testing

/// The result of a run of the program.
struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The one JSON document of standard output.
    func json() throws -> JSONValue { try JSONParser.parse(output.utf8) }

    /// The JSON documents of standard output, one a line.
    func jsonLines() throws -> [JSONValue] {
        try output.split(separator: "\n").map { try JSONParser.parse($0.utf8) }
    }
}

/// Runs the built `apr` that lies beside the tests.
enum Apr {
    /// The program.
    static let path: String = {
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundlePath ?? ""
            let products = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        #else
            let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
        return products.appendingPathComponent("apr").path
    }()

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = try Running(arguments, input: input, environment: environment)
        return try process.wait()
    }

    /// Runs the program and expects it to succeed.
    @discardableResult
    static func expect(
        _ arguments: [String], input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let outcome = try run(arguments, input: input)
        #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
        return outcome
    }
}

/// The program while it runs. What it prints goes to files, so that no pipe can fill up.
final class Running {
    private let process = Process()
    private let directory: URL

    init(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "apr-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for name in ["stdin", "stdout", "stderr"] {
            try Data((name == "stdin" ? input : "").utf8).write(to: directory.appendingPathComponent(name))
        }
        process.executableURL = URL(fileURLWithPath: Apr.path)
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment
        // The user's caches and terminal must not affect the tests.
        for name in ["HF_HOME", "HF_HUB_CACHE", "COLUMNS", "NO_COLOR"] { variables[name] = nil }
        variables["XDG_CACHE_HOME"] = directory.path
        // No test may use the network.
        variables["HF_HUB_OFFLINE"] = "1"
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        process.standardInput = try FileHandle(forReadingFrom: directory.appendingPathComponent("stdin"))
        process.standardOutput = try FileHandle(forWritingTo: directory.appendingPathComponent("stdout"))
        process.standardError = try FileHandle(forWritingTo: directory.appendingPathComponent("stderr"))
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Whether it is still running.
    var isRunning: Bool { process.isRunning }

    /// What it has printed to standard error so far.
    var errors: String { (try? text("stderr")) ?? "" }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appendingPathComponent(name)), as: UTF8.self)
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end.
    func wait() throws -> Outcome {
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try text("stdout"), errors: try text("stderr"))
    }
}

/// Files that were committed for these tests.
enum Fixture {
    static let directory = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Fixtures/command-line")

    /// A Qwen2 of two tiny layers: Tools/golden/make_command_line_fixture.py.
    static let base = directory.appendingPathComponent("base").path

    /// A corpus that is easy to learn, in JSON lines.
    static func corpus(rows: Int = 40, label: (Int) -> String = { $0 % 2 == 0 ? "safe" : "unsafe" }) -> String
    {
        (0..<rows).map { row in
            let text = row % 2 == 0 ? "cp \"$a\(row)\" \"$b\"" : "rm -rf $dir\(row)"
            return #"{"input":\#(JSONValue(text).encoded()),"label":"\#(label(row))"}"# + "\n"
        }
        .joined()
    }
}

extension JSONValue {
    /// The elements of an array of numbers.
    var doubles: [Double]? { array?.compactMap(\.double) }
    /// The elements of an array of integers.
    var ints: [Int]? { array?.compactMap(\.int) }
    /// The elements of an array of strings.
    var strings: [String]? { array?.compactMap(\.string) }
}
