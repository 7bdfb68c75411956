import CheckpointIO
import Platform
import Testing

/// The same rules are held against PEFT itself in `test_checkpoint_files.py`.
@Suite struct AdapterMatcherTests {
    private func matcher(_ change: (inout AdapterConfig) -> Void) throws -> AdapterMatcher {
        var config = AdapterConfig(baseModelNameOrPath: nil, rank: 8, loraAlpha: 16)
        change(&config)
        return try AdapterMatcher(config)
    }

    private func targets(_ pattern: String, _ name: String) throws -> Bool {
        try matcher { $0.targetModules = .pattern(pattern) }.targets(name)
    }

    @Test func `a list matches names and their ends at a dot`() throws {
        let matcher = try matcher { $0.targetModules = .list(["q_proj", "mlp.up_proj"]) }
        #expect(matcher.targets("model.layers.0.self_attn.q_proj"))
        #expect(matcher.targets("q_proj"))
        #expect(matcher.targets("model.layers.0.mlp.up_proj"))
        #expect(!matcher.targets("model.layers.0.self_attn.xq_proj"))
        #expect(!matcher.targets("model.layers.0.other.up_proj"))
    }

    @Test func `the head is never adapted`() throws {
        let matcher = try matcher { $0.targetModules = .allLinear }
        #expect(!matcher.targets("score"))
        #expect(!matcher.targets("classifier.dense"))
        #expect(matcher.targets("model.layers.0.mlp.up_proj"))
    }

    @Test func `a scale is alpha over rank or its root`() throws {
        #expect(try matcher { _ in }.scaling(of: "q_proj") == 2)
        #expect(try matcher { $0.useRSLoRA = true }.scaling(of: "q_proj") == 16 / 8.0.squareRoot())
        let override = try matcher { $0.rankPattern = [.init(pattern: "v_proj", value: 16)] }
        #expect(override.scaling(of: "model.layers.0.self_attn.v_proj") == 1)
        #expect(override.scaling(of: "model.layers.0.self_attn.q_proj") == 2)
    }

    @Test(arguments: [
        ("a", "a", true), ("a", "ab", false), ("a", "ba", false), ("", "", true), ("a*", "", true),
        ("a*", "aaa", true),
        ("a+", "", false), ("a?b", "b", true), ("a?b", "aab", false), ("a{2}", "aa", true),
        ("a{2}", "aaa", false),
        ("a{2,}", "aaaa", true), ("a{,2}", "aaa", false), ("a{,2}", "", true), ("a{1,3}b", "aab", true),
        ("a{x", "a{x", true), ("(a|bc)*d", "abcad", true), ("(?:a|b)c", "bc", true),
        ("(?P<n>a)b", "ab", true),
        (#"\d+"#, "123", true), (#"\d+"#, "12a", false), (#"\w\.\w"#, "a.b", true),
        (#"\w\.\w"#, "axb", false),
        ("[a-c_]+", "ab_c", true), ("[^a-c]", "d", true), ("[^a-c]", "b", false), ("[]a]", "]", true),
        (#"[\d.]+"#, "1.2", true), (#"[\w-]+"#, "a-b", true), ("[a-]", "-", true), (".", "x", true),
        (".", "\n", false), ("^a$", "a", true), ("a^b", "ab", false), ("a$b", "ab", false),
        ("(a*)*b", "aab", true),
        ("(a|)b", "b", true), ("a*?b", "aab", true), (".*?q", "xxq", true), (#"\D\S\W"#, "ab.", true),
        ("é", "é", true), ("(|a){3}", "aa", true),
    ])
    func `a pattern matches the whole name as Python's fullmatch`(
        pattern: String, name: String, expected: Bool
    ) throws {
        #expect(try targets(pattern, name) == expected)
    }

    @Test(arguments: [
        "(?!a)b", "(?=a)", "(?<=a)b", #"(a)\1"#, #"\bq"#, "(?i)a", "(?P=n)", "a**", "a++", "*a", "(a", "a)",
        "[a",
        "a\\", "[b-a]", "a{3,1}", #"[\D]"#, #"\Z"#,
    ])
    func `a pattern that is not supported is refused`(pattern: String) {
        let error = #expect(throws: FileError.self) { try targets(pattern, "a") }
        guard
            case .unsupportedPattern(key: "target_modules", pattern: pattern, _)? = error?.problem
                as? AdapterConfigProblem
        else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
    }

    @Test func `a pattern on which backtracking matchers hang ends in time`() throws {
        let name = String(repeating: "a", count: 200) + "!"
        #expect(try !targets("(a+)+", name))
        #expect(try !targets("(a|aa)*(a|aa)*(a|aa)*$", name))
    }

    @Test(arguments: ["((a{999}){999}){999}", "((){999999}){999999}", "(((a?){99}){99}){99}"])
    func `a pattern that grows without end is refused`(pattern: String) {
        #expect(throws: FileError.self) { try targets(pattern, "a") }
    }

    @Test func `deeply nested groups are refused`() {
        let pattern = String(repeating: "(", count: 2000) + "a" + String(repeating: ")", count: 2000)
        #expect(throws: FileError.self) { try targets(pattern, "a") }
    }

    @Test func `a layers pattern that is no name is refused`() {
        let error = #expect(throws: FileError.self) {
            try matcher {
                $0.layersToTransform = [1]
                $0.layersPattern = ["layers|h"]
            }
        }
        guard case .unsupportedPattern(key: "layers_pattern", _, _)? = error?.problem as? AdapterConfigProblem
        else {
            Issue.record("another error")
            return
        }
    }
}
