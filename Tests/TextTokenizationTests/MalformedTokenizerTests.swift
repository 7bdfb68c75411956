import JSONCore
import Testing
import TextTokenization

@Suite("Every rule of tokenizer.json, broken in turn")
struct MalformedTokenizerTests {
    /// A minimal valid file.
    private static let good: JSONValue = [
        "version": "1.0",
        "truncation": .null,
        "padding": .null,
        "added_tokens": [
            [
                "id": 4, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true,
            ]
        ],
        "normalizer": ["type": "Lowercase"],
        "pre_tokenizer": ["type": "Digits", "individual_digits": true],
        "post_processor": [
            "type": "TemplateProcessing",
            "single": [
                ["SpecialToken": ["id": "<s>", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
            ],
            "pair": [],
            "special_tokens": ["<s>": ["id": "<s>", "ids": [4], "tokens": ["<s>"]]],
        ],
        "decoder": ["type": "SomethingNew"],
        "model": [
            "type": "BPE", "dropout": .null, "unk_token": "<unk>", "fuse_unk": false, "byte_fallback": false,
            "vocab": ["<unk>": 0, "a": 1, "b": 2, "ab": 3], "merges": ["a b"],
        ],
    ]

    private func error(_ json: JSONValue) -> TokenizerError? {
        do throws(TokenizerError) {
            _ = try Tokenizer(json: json)
            return nil
        } catch {
            return error
        }
    }

    private func expect(
        _ path: [String], _ value: JSONValue?, _ rule: TokenizerError.Rule, at jsonPath: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = error(Self.good.setting(path, to: value))
        #expect(found?.rule == rule, sourceLocation: sourceLocation)
        #expect(found?.jsonPath == jsonPath ?? path.joined(separator: "."), sourceLocation: sourceLocation)
    }

    @Test func `the good file is good`() throws {
        #expect(try Tokenizer(json: Self.good).encode("AB1") == [4, 3, 0])
    }

    @Test func `the file is not an object`() {
        #expect(error([1])?.rule == .wrongType(expected: "an object", found: "an array"))
    }

    @Test func `the version is another`() { expect(["version"], "2.0", .unsupportedVersion("2.0")) }

    @Test func `there is no model`() { expect(["model"], nil, .missing) }

    @Test(arguments: ["WordPiece", "Unigram", "WordLevel"])
    func `the model is of another kind`(name: String) {
        expect(["model", "type"], JSONValue(name), .unsupportedComponent("model \(name)"), at: "model")
    }

    @Test func `the model has neither type nor merges`() {
        expect(["model"], ["vocab": [:]], .missing, at: "model.type")
    }

    @Test func `the model drops merges at random`() {
        expect(["model", "dropout"], 0.1, .unsupportedOption("dropout 0.1"))
    }

    @Test(arguments: ["continuing_subword_prefix", "end_of_word_suffix"])
    func `the model marks parts of words`(key: String) {
        expect(["model", key], "##", .unsupportedOption("\(key) \"##\""))
    }

    @Test func `the vocabulary is missing or no object`() {
        expect(["model", "vocab"], nil, .missing)
        expect(["model", "vocab"], [], .wrongType(expected: "an object", found: "an array"))
    }

    @Test func `an id is no whole number from 0 to 2^31 - 1`() {
        let jsonPath = "model.vocab[\"a\"]"
        expect(["model", "vocab", "a"], -1, .idOutOfRange("-1"), at: jsonPath)
        expect(["model", "vocab", "a"], 2_147_483_648, .idOutOfRange("2147483648"), at: jsonPath)
        expect(["model", "vocab", "a"], 1.5, .idOutOfRange("1.5"), at: jsonPath)
        expect(
            ["model", "vocab", "a"], "1", .wrongType(expected: "a number", found: "a string"), at: jsonPath)
    }

    @Test func `two tokens share an id`() {
        expect(["model", "vocab", "b"], 1, .duplicateID(1, "a", "b"), at: "model.vocab")
    }

    @Test func `the unknown token is not in the vocabulary`() {
        expect(["model", "unk_token"], "[UNK]", .unknownTokenMissing("[UNK]"))
    }

    @Test func `merges are missing or no array`() {
        expect(["model", "merges"], nil, .missing)
        expect(["model", "merges"], "a b", .wrongType(expected: "an array", found: "a string"))
        expect(
            ["model", "merges"], [1], .wrongType(expected: "a string or an array", found: "a number"),
            at: "model.merges[0]")
    }

    @Test(
        arguments: [
            "ab", "a b c", " b", "a ", "", ["a"], ["a", "b", "c"], ["a", ""], ["", "b"], ["a", 1],
        ] as [JSONValue])
    func `a merge is not two tokens`(merge: JSONValue) {
        expect(["model", "merges"], ["a b", merge], .malformedMerge, at: "model.merges[1]")
    }

    @Test func `a merge takes or makes what is not in the vocabulary`() {
        let jsonPath = "model.merges[0]"
        expect(["model", "merges"], ["c b"], .mergeOutOfVocabulary("c"), at: jsonPath)
        expect(["model", "merges"], ["a c"], .mergeOutOfVocabulary("c"), at: jsonPath)
        expect(["model", "merges"], ["b a"], .mergeOutOfVocabulary("ba"), at: jsonPath)
    }

    @Test(arguments: ["fuse_unk", "byte_fallback", "ignore_merges"])
    func `an option of the model has the wrong type`(key: String) {
        expect(["model", key], "yes", .wrongType(expected: "true or false", found: "a string"))
    }

    @Test(arguments: ["BertNormalizer", "Precompiled", "Nmt", "ByteLevel"])
    func `a normalizer is not known`(name: String) {
        expect(["normalizer"], ["type": JSONValue(name)], .unsupportedComponent("normalizer \(name)"))
    }

    @Test func `a normalizer inside a sequence is not known`() {
        expect(
            ["normalizer"], ["type": "Sequence", "normalizers": [["type": "NFC"], ["type": "Nmt"]]],
            .unsupportedComponent("normalizer Nmt"), at: "normalizer.normalizers[1]")
    }

    @Test func `a component has no type`() {
        expect(["normalizer"], [:], .missing, at: "normalizer.type")
        expect(["pre_tokenizer"], [:], .missing, at: "pre_tokenizer.type")
        expect(["post_processor"], [:], .missing, at: "post_processor.type")
    }

    @Test func `a replacement is a regular expression, or of nothing`() {
        expect(
            ["normalizer"], ["type": "Replace", "pattern": ["Regex": " {2,}"], "content": " "],
            .unsupportedPattern(" {2,}"), at: "normalizer.pattern")
        expect(
            ["normalizer"], ["type": "Replace", "pattern": ["String": ""], "content": " "],
            .invalidValue("\"\"", allowed: "a text that is not empty"), at: "normalizer.pattern.String")
    }

    @Test func `nothing is prepended`() {
        expect(
            ["normalizer"], ["type": "Prepend", "prepend": ""],
            .invalidValue("\"\"", allowed: "a text that is not empty"), at: "normalizer.prepend")
    }

    @Test func `replacements feed one another without end`() {
        let double: JSONValue = ["type": "Replace", "pattern": ["String": "a"], "content": "aa"]
        expect(
            ["normalizer"], ["type": "Sequence", "normalizers": .array(Array(repeating: double, count: 30))],
            .growthTooLarge(limit: 512), at: "normalizer.normalizers[9]")
    }

    @Test func `a sequence is longer than any real one`() {
        let normalizers = JSONValue.array(Array(repeating: ["type": "NFC"], count: 40))
        expect(
            ["normalizer"], ["type": "Sequence", "normalizers": normalizers], .tooManySteps(limit: 32),
            at: "normalizer.normalizers[32]")
        let digits = JSONValue.array(
            Array(repeating: ["type": "Digits", "individual_digits": true], count: 40))
        expect(
            ["pre_tokenizer"], ["type": "Sequence", "pretokenizers": digits], .tooManySteps(limit: 16),
            at: "pre_tokenizer.pretokenizers[16]")
        let bytes: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false]
        expect(
            ["pre_tokenizer"], ["type": "Sequence", "pretokenizers": [bytes, bytes, bytes]],
            .tooManySteps(limit: 2),
            at: "pre_tokenizer.pretokenizers[2]")
    }

    @Test(arguments: ["BertPreTokenizer", "Punctuation", "UnicodeScripts", "FixedLength"])
    func `a pre-tokenizer is not known`(name: String) {
        expect(["pre_tokenizer"], ["type": JSONValue(name)], .unsupportedComponent("pre-tokenizer \(name)"))
    }

    @Test func `a split has another regular expression or behavior`() {
        expect(
            ["pre_tokenizer"],
            ["type": "Split", "pattern": ["Regex": #"\w+"#], "behavior": "Isolated", "invert": false],
            .unsupportedPattern(#"\w+"#), at: "pre_tokenizer.pattern.Regex")
        expect(
            ["pre_tokenizer"],
            ["type": "Split", "pattern": ["String": " "], "behavior": "Kept", "invert": false],
            .invalidValue(
                "\"Kept\"",
                allowed: "one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous"),
            at: "pre_tokenizer.behavior")
    }

    @Test(arguments: [
        ("ByteLevel", "add_prefix_space"), ("Digits", "individual_digits"), ("Metaspace", "replacement"),
        ("Split", "pattern"),
    ])
    func `a required member of a component is missing`(type: String, member: String) {
        expect(["pre_tokenizer"], ["type": JSONValue(type)], .missing, at: "pre_tokenizer.\(member)")
    }

    @Test func `the mark of a Metaspace is not one character, or its options contradict each other`() {
        expect(
            ["pre_tokenizer"], ["type": "Metaspace", "replacement": "__"],
            .invalidValue("\"__\"", allowed: "one character"), at: "pre_tokenizer.replacement")
        expect(
            ["pre_tokenizer"],
            ["type": "Metaspace", "replacement": "_", "add_prefix_space": false, "prepend_scheme": "first"],
            .invalidValue("false", allowed: "true, or a prepend_scheme of \"never\" beside it"),
            at: "pre_tokenizer.add_prefix_space")
    }

    @Test(arguments: [
        "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
    ])
    func `an added token lacks a member`(member: String) throws {
        var token = try #require(Self.good["added_tokens"]?.array?[0].object)
        token[member] = nil
        expect(["added_tokens"], [.object(token)], .missing, at: "added_tokens[0].\(member)")
    }

    private func added(_ content: String, normalized: Bool) -> JSONValue {
        [
            "id": 9, "content": JSONValue(content), "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": JSONValue(normalized), "special": false,
        ]
    }

    @Test func `two added tokens are sought as the same text`() {
        expect(
            ["added_tokens"], [added("<A>", normalized: true), added("<a>", normalized: true)],
            .duplicateAddedToken("<a>"))
    }

    @Test func `normalization leaves nothing of an added token`() {
        let json = Self.good.setting(
            ["normalizer"], to: ["type": "Strip", "strip_left": true, "strip_right": true]
        )
        .setting(["added_tokens"], to: [added("  ", normalized: true)])
        #expect(error(json)?.rule == .emptyAddedToken("  "))
    }

    @Test(arguments: ["BertProcessing", "RobertaProcessing"])
    func `a post-processor is not known`(name: String) {
        expect(["post_processor"], ["type": JSONValue(name)], .unsupportedComponent("post-processor \(name)"))
    }

    @Test func `a sequence has two templates`() throws {
        let template = try #require(Self.good["post_processor"])
        expect(
            ["post_processor"], ["type": "Sequence", "processors": [template, template]],
            .unsupportedComponent("a second TemplateProcessing in one sequence"),
            at: "post_processor.processors[1]")
    }

    @Test func `a template names what it does not define, or uses the second text, or the first twice`() {
        let a: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
        expect(
            ["post_processor", "single"], [["SpecialToken": ["id": "[CLS]", "type_id": 0]]],
            .templateTokenMissing("[CLS]"), at: "post_processor.single[0].SpecialToken")
        expect(
            ["post_processor", "single"], [["Sequence": ["id": "B", "type_id": 0]]], .templateUsesSecondText,
            at: "post_processor.single[0].Sequence")
        expect(
            ["post_processor", "single"], [["Sequence": ["id": "C", "type_id": 0]]],
            .invalidValue("\"C\"", allowed: "\"A\" or \"B\""), at: "post_processor.single[0].Sequence")
        expect(
            ["post_processor", "single"], [a, a], .unsupportedOption("the text a second time"),
            at: "post_processor.single[1].Sequence")
    }

    @Test func `a special token has more ids than tokens`() {
        expect(
            ["post_processor", "special_tokens", "<s>"], ["id": "<s>", "ids": [1, 2], "tokens": ["<s>"]],
            .templateLengthMismatch("<s>"))
    }

    @Test func `a template adds more tokens than any real one`() {
        let many: JSONValue = [
            "id": "<s>", "ids": .array(Array(repeating: 4, count: 40_000)),
            "tokens": .array(Array(repeating: "<s>", count: 40_000)),
        ]
        let special: JSONValue = ["SpecialToken": ["id": "<s>", "type_id": 0]]
        let json = Self.good.setting(["post_processor", "special_tokens", "<s>"], to: many)
            .setting(["post_processor", "single"], to: [special, special])
        #expect(error(json)?.rule == .tooManySpecialTokens(limit: 1 << 10))
    }

    @Test func `truncation needs two texts, or makes no progress, or has no room`() {
        func truncation(_ length: Int, _ stride: Int, _ strategy: String) -> JSONValue {
            ["max_length": JSONValue(length), "stride": JSONValue(stride), "strategy": JSONValue(strategy)]
        }
        expect(
            ["truncation"], truncation(8, 0, "OnlySecond"),
            .unsupportedOption("OnlySecond, which needs two texts,"), at: "truncation.strategy")
        expect(
            ["truncation"], truncation(8, 7, "LongestFirst"), .strideTooLarge(7, room: 7),
            at: "truncation.stride")
        expect(
            ["truncation"], truncation(0, 0, "LongestFirst"), .noRoomForSpecialTokens(maxLength: 0, added: 1))
        expect(
            ["truncation"], truncation(-1, 0, "LongestFirst"),
            .invalidValue("-1", allowed: "a whole number from 0 to 2147483647"), at: "truncation.max_length")
    }

    @Test func `padding is to gigabytes, or of an unknown strategy`() {
        func padding(_ strategy: JSONValue) -> JSONValue {
            ["strategy": strategy, "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "<s>"]
        }
        expect(
            ["padding"], padding(["Fixed": 2_000_000_000]),
            .invalidValue("2000000000", allowed: "at most 131072 tokens"), at: "padding.strategy.Fixed")
        expect(
            ["padding"], padding("Longest"),
            .invalidValue("\"Longest\"", allowed: "\"BatchLongest\" or {\"Fixed\": length}"),
            at: "padding.strategy")
    }

    @Test func `a file that is not there, or is not JSON, is named`() throws {
        do throws(TokenizerError) {
            _ = try Tokenizer(directory: "no/such/directory")
            Issue.record("opened what is not there")
        } catch {
            guard case .unreadable = error.rule else { throw error }
            #expect(error.description.hasPrefix("no/such/directory/tokenizer.json: cannot be read"))
        }
        do throws(TokenizerError) {
            _ = try Tokenizer(contentsOf: #filePath)
            Issue.record("read Swift as JSON")
        } catch {
            guard case .json = error.rule else { throw error }
            #expect(error.file == #filePath)
        }
    }

    @Test func `an error says the path, the fact and the remedy in one line`() {
        let found = error(Self.good.setting(["model", "merges"], to: ["a b", "ab"]))
        #expect(
            found?.description
                == "tokenizer.json: model.merges[1]: a merge must be two tokens, as \"a b\" or [\"a\", \"b\"], neither of them empty"
        )
    }
}
