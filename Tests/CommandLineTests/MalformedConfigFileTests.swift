import AprCommandLine
import Platform
import TestSupport
import Testing

/// Rules that a file of settings breaks, one by one.
@Suite struct MalformedConfigFileTests {
    private static let nested = "labels: " + String(repeating: "[", count: 200_000)
    /// It would expand to 10^11 elements.
    private static let laughs =
        "labels: &a0 [x, y]\n"
        + (1..<12).map { number in
            "a\(number): &a\(number) ["
                + Array(repeating: "*a\(number - 1)", count: 10).joined(separator: ",")
                + "]\n"
        }
        .joined()

    private static let broken: [(yaml: String, words: String)] = [
        ("epochs: 1\nepochs: 2\n", "run.yaml:1: \"epochs\" stands twice; remove one"),
        ("- a\n- b\n", "expected one setting per line"), ("epochs\n", "expected one setting per line"),
        ("epochs: 3\n\trank: 4\n", "run.yaml:2: not valid YAML: found a tab character"),
        ("epochs: \"3\n", "not valid YAML: found unexpected end of stream"),
        ("epochs: *x\n", "run.yaml:1: not valid YAML: found undefined alias"),
        ("labels: &x [*x]\n", "run.yaml:1: not valid YAML: found undefined alias"),
        ("epochs: 1\n---\nepochs: 2\n", "not valid YAML: but found another document"),
        ("epochs: 1\0\n", "not valid YAML: control characters are not allowed"),
        (nested, "not valid YAML: Maximum nesting level reached"),
        (laughs, "run.yaml:2: \"a1\" is not a setting"),
        ("? [a, b]\n: 1\n", "run.yaml:1: \"\" is not a setting"),
        ("epochs: !!str x\n", "run.yaml:1: epochs is \"x\"; expected an integer"),
    ]

    @Test func `A broken rule is named with its line`() {
        for (yaml, words) in Self.broken {
            let error = #expect(throws: CommandError.self) {
                var file = try ConfigFile(bytes: Array(yaml.utf8), path: "run.yaml")
                var (number, list): (Int?, CommaList?)
                file.fill(&number, "epochs", "an integer")
                file.fill(&list, "labels")
                try file.validate()
            }
            #expect(error?.message.contains(words) == true, "\(String(describing: error)), not \(words)")
        }
    }

    @Test func `A file in another encoding and one that is far too large are refused`() throws {
        let encoded = #expect(throws: CommandError.self) {
            try ConfigFile(bytes: Array("output: caf".utf8) + [0xE9, 0x0A], path: "run.yaml")
        }
        #expect(encoded?.message == "run.yaml: invalid UTF-8; save the file as UTF-8")
        let directory = try TemporaryDirectory()
        try directory.write([UInt8](repeating: UInt8(ascii: "#"), count: 1 << 21), to: "run.yaml")
        let large = #expect(throws: FileError.self) { try ConfigFile(path: directory("run.yaml")) }
        #expect(large?.problem as? FileProblem == .tooLarge(bytes: 1 << 21, limit: 1 << 20))
    }
}
