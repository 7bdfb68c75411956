import Foundation
import Testing

/// The help of every command, as it is committed in Tests/Fixtures/command-line/help.
///
/// After an intended change, `APR_UPDATE_SNAPSHOTS=1 swift test --filter HelpTests` writes the files anew.
@Suite struct HelpTests {
    static let commands = [
        "", "finetune", "predict", "serve", "eval", "merge", "publish", "pull", "import", "inspect",
        "verify", "tokenize", "monitor", "report", "runs",
    ]

    @Test(arguments: commands)
    func `Help is what is committed`(command: String) throws {
        let outcome = try Apr.run(
            (command.isEmpty ? [] : [command]) + ["--help"], environment: ["COLUMNS": "100"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        let file = Fixture.directory.appendingPathComponent("help/\(command.isEmpty ? "apr" : command).txt")
        if ProcessInfo.processInfo.environment["APR_UPDATE_SNAPSHOTS"] != nil {
            try Data(outcome.output.utf8).write(to: file)
        }
        #expect(outcome.output == String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }

    @Test(arguments: commands.dropFirst())
    func `The help of every command shows an example of it`(command: String) throws {
        let output = try Apr.expect([command, "--help"]).output
        #expect(output.contains("Examples:\n"))
        #expect(output.contains("\n  apr \(command) "))
    }

    @Test func `The version is printed on standard output`() throws {
        let outcome = try Apr.expect(["--version"])
        #expect(outcome.output.wholeMatch(of: /apr \d+\.\d+\.\d+\n/) != nil)
    }
}
