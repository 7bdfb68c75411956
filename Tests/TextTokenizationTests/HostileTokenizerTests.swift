import Foundation
import JSONCore
import TestSupport
import Testing
import TextTokenization

/// For each component, the file and the text that make it work hardest. What is not refused takes time in proportion to
/// its input: the cost of a byte may not grow with the size of the file or the text.
@Suite("The worst tokenizer.json of every component")
struct HostileTokenizerTests {
    private static func file(
        normalizer: JSONValue = .null, preTokenizer: JSONValue = .null, postProcessor: JSONValue = .null,
        added: [JSONValue] = [], merges: [JSONValue] = ["a a"], ignoresMerges: Bool = false
    ) -> JSONValue {
        [
            "added_tokens": .array(added), "normalizer": normalizer, "pre_tokenizer": preTokenizer,
            "post_processor": postProcessor,
            "model": [
                "type": "BPE", "unk_token": "<unk>", "ignore_merges": .bool(ignoresMerges),
                "vocab": ["<unk>": 0, "a": 1, "aa": 2, "aaaa": 3, "b": 4, "ab": 5, "aab": 6],
                "merges": .array(merges),
            ],
        ]
    }

    private static func sequence(_ key: String, _ members: [JSONValue]) -> JSONValue {
        .object(JSONObject([("type", "Sequence"), (key, .array(members))]))
    }

    private static func added(_ content: String, isNormalized: Bool = false) -> JSONValue {
        [
            "id": 9, "content": .string(content), "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": .bool(isNormalized), "special": true,
        ]
    }

    private static func prepend(_ text: String) -> JSONValue {
        ["type": "Prepend", "prepend": .string(text)]
    }

    private static func replace(_ pattern: String, _ content: String) -> JSONValue {
        ["type": "Replace", "pattern": ["String": .string(pattern)], "content": .string(content)]
    }

    private func rule(_ json: JSONValue) -> (rule: TokenizerError.Rule, path: String)? {
        do throws(TokenizerError) {
            _ = try Tokenizer(json: json)
            return nil
        } catch {
            return (error.rule, error.jsonPath)
        }
    }

    /// The seconds that one encoding computes: what else the machine does is no part of them.
    private func seconds(_ tokenizer: Tokenizer, _ text: String) -> Double {
        let start = computed()
        _ = tokenizer.encode(text)
        return computed() - start
    }

    private func computed() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Asserts that a text eight times as long takes far less than 64 times as long.
    private func expectLinear(
        _ tokenizer: Tokenizer, _ text: (Int) -> String, size: Int = 20_000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        _ = tokenizer.encode(text(size))
        let short = (0..<3).map { _ in seconds(tokenizer, text(size)) }.min() ?? 0
        let long = seconds(tokenizer, text(size * 8))
        #expect(long < 24 * short + 0.5, "\(short) s, then \(long) s", sourceLocation: sourceLocation)
        #expect(long < 20, sourceLocation: sourceLocation)
    }

    // MARK: - Refused

    @Test func `long prefixes one after another`() {
        let prefixes = (0..<32).map { _ in Self.prepend(String(repeating: "x", count: 50_000)) }
        let found = rule(Self.file(normalizer: Self.sequence("normalizers", prefixes)))
        #expect(found?.rule == .growthTooLarge(limit: 512))
        #expect(found?.path == "normalizer.normalizers[0]")
    }

    @Test func `prefixes, replacements and normal forms that feed one another`() {
        let chains: [[JSONValue]] = [
            (0..<32).map { _ in Self.prepend("x") },
            (0..<32).map { _ in Self.replace("a", "aa") },
            // Each round makes one letter of the last one's 33 bytes a ligature of 33 bytes again.
            (0..<16).flatMap { _ in
                [Self.replace("\u{644}", "\u{FDFA}\u{FDFA}"), ["type": "NFKD"]] as [JSONValue]
            },
            (0..<16).flatMap { _ in
                [Self.replace("a", "\u{1D160}"), ["type": "NFD"], Self.replace("\u{1D158}", "a")]
                    as [JSONValue]
            },
            (0..<16).flatMap { _ in
                [Self.replace("a", "A\u{23A}\u{23A}"), ["type": "Lowercase"]] as [JSONValue]
            },
        ]
        for chain in chains {
            #expect(
                rule(Self.file(normalizer: Self.sequence("normalizers", chain)))?.rule
                    == .growthTooLarge(limit: 512))
        }
    }

    @Test func `real chains are accepted`() {
        let chain: [JSONValue] = [
            ["type": "NFKC"], ["type": "NFD"], ["type": "Lowercase"], ["type": "StripAccents"],
            Self.prepend("▁"),
            Self.replace(" ", "▁"), ["type": "NFKC"],
        ]
        #expect(rule(Self.file(normalizer: Self.sequence("normalizers", chain))) == nil)
    }

    @Test func `sequences of empty sequences`() {
        let empty = Self.sequence("normalizers", [])
        let wide = Self.sequence("normalizers", Array(repeating: empty, count: 100_000))
        var deep = wide
        for _ in 0..<60 { deep = Self.sequence("normalizers", [deep]) }
        for normalizer in [wide, deep] {
            #expect(rule(Self.file(normalizer: normalizer))?.rule == .tooManySteps(limit: 32))
        }
        let cuts = Self.sequence(
            "pretokenizers", Array(repeating: Self.sequence("pretokenizers", []), count: 100_000))
        #expect(rule(Self.file(preTokenizer: cuts))?.rule == .tooManySteps(limit: 16))
    }

    @Test func `pre-tokenizers that double the pieces again and again`() {
        let cuts: [JSONValue] = (0..<8).flatMap { index in
            [
                [
                    "type": "Metaspace", "replacement": .string("▁▂▃▄▅▆▇█".map(String.init)[index]),
                    "prepend_scheme": "always",
                ],
                ["type": "Digits", "individual_digits": true],
            ] as [JSONValue]
        }
        #expect(
            rule(Self.file(preTokenizer: Self.sequence("pretokenizers", cuts)))?.rule
                == .tooManySteps(limit: 4))
    }

    @Test func `added tokens that are long, and many`() {
        let long = String(repeating: "a", count: 100_000) + "b"
        let found = rule(Self.file(added: [Self.added(long)]))
        #expect(found?.rule == .addedTokenTooLong(String(long.prefix(40)), limit: 256))
        #expect(found?.path == "added_tokens")
        // Short as it is written, long as it is searched for.
        let grown = Self.file(
            normalizer: Self.replace("a", String(repeating: "b", count: 100)),
            added: [Self.added("aaaa", isNormalized: true)])
        #expect(rule(grown)?.rule == .addedTokenTooLong("aaaa", limit: 256))
        let many = (0..<20_000).map { Self.added("\($0)" + String(repeating: "x", count: 245)) }
        #expect(rule(Self.file(added: many))?.rule == .addedTokensTooLong(limit: 4 << 20))
    }

    @Test func `a template of many parts`() {
        let nothing: JSONValue = ["SpecialToken": ["id": "n", "type_id": 0]]
        let template: JSONValue = [
            "type": "TemplateProcessing", "single": .array(Array(repeating: nothing, count: 100_000)),
            "pair": [],
            "special_tokens": ["n": ["id": "n", "ids": [], "tokens": []]],
        ]
        let found = rule(Self.file(postProcessor: template))
        #expect(found?.rule == .tooManySpecialTokens(limit: 1 << 10))
        #expect(found?.path == "post_processor.single[1024]")
    }

    // MARK: - Encoded in linear time

    @Test func `a long pattern that nearly matches everywhere`() throws {
        let pattern = String(repeating: "a", count: 50_000) + "b"
        let steps = (0..<4).map { _ in Self.replace(pattern, "x") }
        expectLinear(try Tokenizer(json: Self.file(normalizer: Self.sequence("normalizers", steps)))) {
            String(repeating: "a", count: $0)
        }
        let cut: JSONValue = [
            "type": "Split", "pattern": ["String": .string(pattern)], "behavior": "Isolated", "invert": false,
        ]
        expectLinear(try Tokenizer(json: Self.file(preTokenizer: cut))) { String(repeating: "a", count: $0) }
    }

    @Test func `an added token that nearly matches everywhere`() throws {
        let long = Self.added(String(repeating: "a", count: 255) + "b")
        let many = (0..<250).map { Self.added(String(repeating: "a", count: $0 + 3) + "b") }
        let late = Self.added("b" + String(repeating: "a", count: 255))
        for tokens in [[long], [Self.added("a"), long], many, [late]] {
            let tokenizer = try Tokenizer(json: Self.file(added: tokens))
            expectLinear(tokenizer) { String(repeating: "a", count: $0) }
            // A time that does not depend on the tokens: comparing at every index took 256 times as long.
            let plain = seconds(try Tokenizer(json: Self.file(added: [Self.added("#")])), letters)
            #expect(seconds(tokenizer, letters) < 8 * plain + 0.5)
        }
    }

    private var letters: String { String(repeating: "a", count: 100_000) }

    @Test func `added tokens are those that a search at every index finds`() throws {
        var random = SeededRandom(seed: 18)
        for _ in 0..<300 {
            var tokens: [String] = []
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let token = Self.text(of: Int.random(in: 1...5, using: &random), using: &random)
                if !tokens.contains(token) { tokens.append(token) }
            }
            let text = Self.text(of: 60, using: &random)
            let tokenizer = try Tokenizer(json: Self.file(added: tokens.map { Self.added($0) }))
            var (expected, rest): ([Int32], Substring) = ([], text[...])
            while !rest.isEmpty {
                let found = tokens.indices.filter { rest.hasPrefix(tokens[$0]) }
                    .max { tokens[$0].count < tokens[$1].count }
                // The vocabulary has none of these letters, and seven other tokens.
                expected.append(found.map { Int32(7 + $0) } ?? 0)
                rest = rest.dropFirst(found.map { tokens[$0].count } ?? 1)
            }
            #expect(tokenizer.encode(text) == expected, "\(tokens) in \(text)")
        }
    }

    private static func text(of length: Int, using random: inout SeededRandom) -> String {
        String((0..<length).map { _ in "xxy".randomElement(using: &random)! })
    }

    @Test func `a text of nothing but added tokens and single letters`() throws {
        let tokenizer = try Tokenizer(
            json: Self.file(normalizer: Self.prepend("xxxxxxxxxxxxxxxx"), added: [Self.added("#")]))
        expectLinear(tokenizer) { String(repeating: "#b", count: $0 / 8) }
    }

    @Test func `merges in the worst order`() throws {
        for merges: [JSONValue] in [["a a", "aa aa"], ["aa b", "a a", "aa aa"], ["a b", "a a"]] {
            for ignoresMerges in [false, true] {
                let tokenizer = try Tokenizer(json: Self.file(merges: merges, ignoresMerges: ignoresMerges))
                expectLinear(tokenizer) { String(repeating: "a", count: $0) + "b" }
            }
        }
    }

    @Test func `marks without end, white space without end`() throws {
        let form = try Tokenizer(json: Self.file(normalizer: ["type": "NFC"]))
        expectLinear(form) { "a" + String(repeating: "\u{301}\u{323}", count: $0 / 4) }
        let words = try Tokenizer(
            json: Self.file(preTokenizer: [
                "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
            ]))
        expectLinear(words) { String(repeating: " ", count: $0) + "b" }
        expectLinear(words) { String(repeating: "' ", count: $0 / 2) }
    }
}
