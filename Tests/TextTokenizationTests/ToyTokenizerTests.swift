import JSONCore
import Testing
import TextTokenization

@Suite("Toy tokenizers against the reference library's own output")
struct ToyTokenizerTests {
    @Test(arguments: [
        "gpt2", "qwen2", "llama3", "smollm", "llama2", "mistral", "lowercase", "nfkc",
    ])
    func `the fixture holds all eight toys`(name: String) throws {
        let toy = try #require(Toys.all.first { $0.name == name })
        #expect(toy.cases.count > 50)
        #expect(!toy.truncated.isEmpty)
    }

    @Test(arguments: Toys.all.indices)
    func `ids and printed tokens are the reference's`(index: Int) throws {
        let toy = Toys.all[index]
        let tokenizer = try Tokenizer(json: toy.json)
        for entry in toy.cases {
            let text = try #require(entry["text"]?.string)
            let encoding = tokenizer.encodeWithTokens(text)
            #expect(encoding.ids == Toys.ids(entry["ids"]), "\(toy.name): \(text.debugDescription)")
            #expect(
                sameBytes(encoding.tokens, Toys.strings(entry["tokens"])),
                "\(toy.name): \(text.debugDescription)")
            #expect(tokenizer.encode(text) == encoding.ids)
            let plain = entry["plain"] ?? entry["ids"]
            #expect(
                tokenizer.encode(text, addSpecialTokens: false) == Toys.ids(plain),
                "\(toy.name): \(text.debugDescription)")
        }
    }

    @Test(arguments: Toys.all.indices)
    func `a length limit drops what the reference drops`(index: Int) throws {
        let toy = Toys.all[index]
        let tokenizer = try Tokenizer(json: toy.json)
        for entry in toy.truncated {
            let text = try #require(entry["text"]?.string)
            let length = try #require(entry["length"]?.int)
            #expect(tokenizer.encode(text, maxLength: length) == Toys.ids(entry["ids"]))
            #expect(
                tokenizer.encode(text, addSpecialTokens: false, maxLength: length) == Toys.ids(entry["plain"])
            )
        }
    }

    @Test func `a limit below the special tokens keeps them and nothing else`() throws {
        let tokenizer = try Tokenizer(json: Toys.named("llama2"))
        let specials = tokenizer.encode("")
        #expect(specials.count == 2)
        #expect(tokenizer.encode("some text", maxLength: 1) == specials)
        #expect(tokenizer.encode("some text", maxLength: -1) == specials)
        #expect(tokenizer.encode("some text", addSpecialTokens: false, maxLength: 0) == [])
    }

    @Test(arguments: Toys.all.indices)
    func `the vocabulary answers by token and by id`(index: Int) throws {
        let toy = Toys.all[index]
        let tokenizer = try Tokenizer(json: toy.json)
        #expect(tokenizer.vocabularySize == toy.size)
        for member in try #require(toy.json["model"]?["vocab"]?.object) {
            let id = try #require(member.value.int.map(Int32.init))
            #expect(tokenizer.tokenID(of: member.key) == id)
            #expect(tokenizer.token(id: id).map { sameBytes([$0], [member.key]) } == true)
        }
        for token in try #require(toy.json["added_tokens"]?.array) {
            let content = try #require(token["content"]?.string)
            #expect(tokenizer.tokenID(of: content) == token["id"]?.int.map(Int32.init))
        }
        #expect(tokenizer.token(id: -1) == nil)
        #expect(tokenizer.token(id: .max) == nil)
        #expect(tokenizer.tokenID(of: "no such token") == nil)
    }

    @Test func `two spellings of one text are two texts`() throws {
        let tokenizer = try Tokenizer(json: Toys.named("gpt2"))
        #expect(tokenizer.encode("\u{E9}") != tokenizer.encode("e\u{301}"))
        let composing = try Tokenizer(json: Toys.named("qwen2"))
        #expect(composing.encode("\u{E9}") == composing.encode("e\u{301}"))
    }

    @Test func `truncation and padding of the file can be left out`() throws {
        let tokenizer = try Tokenizer(json: Toys.named("qwen2"))
        let text = String(repeating: "the 12 ", count: 30)
        #expect(tokenizer.encode(text).count == 40)
        #expect(tokenizer.encode("").count == 4)
        let free = tokenizer.withoutTruncationAndPadding()
        #expect(free.encode(text).count > 40)
        #expect(free.encode("").isEmpty)
    }

    @Test func `merges may be written as lines or as pairs, and the model without its type`() throws {
        let toy = Toys.named("gpt2")
        let pairs = try #require(toy["model"]?["merges"]?.array)
        let lines = pairs.map { pair in JSONValue(Toys.strings(pair).joined(separator: " ")) }
        let early = toy.setting(["model", "merges"], to: .array([JSONValue("#version: 0.2")] + lines))
            .setting(["model", "type"], to: nil)
            .setting(["model", "continuing_subword_prefix"], to: "")
            .setting(["model", "end_of_word_suffix"], to: "")
        let tokenizer = try Tokenizer(json: toy)
        let earlyTokenizer = try Tokenizer(json: early)
        let text = "for f in *.txt; do rm -rf \"$dir/$f\"; done"
        #expect(tokenizer.encode(text).count < text.utf8.count)
        #expect(earlyTokenizer.encode(text) == tokenizer.encode(text))
    }

    @Test(arguments: Toys.all.indices)
    func `a file read directly is the file read as JSON, however it is written`(index: Int) throws {
        let toy = Toys.all[index]
        let tokenizer = try Tokenizer(json: toy.json)
        let ascii = JSONStyle(indent: nil, sortedKeys: true, asciiOnly: true)
        for style in [JSONStyle.compact, .pretty, ascii] {
            let direct = try Tokenizer(contents: Array(toy.json.encoded(style).utf8))
            #expect(direct.vocabularySize == toy.size)
            for entry in toy.cases {
                let text = try #require(entry["text"]?.string)
                #expect(direct.encodeWithTokens(text) == tokenizer.encodeWithTokens(text))
            }
        }
    }

    @Test func `several tasks may use one tokenizer`() async throws {
        let tokenizer = try Tokenizer(json: Toys.named("qwen2"))
        let texts = Toys.all[0].cases.compactMap { $0["text"]?.string }
        let expected = texts.map { tokenizer.encode($0) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { texts.map { tokenizer.encode($0) } == expected }
            }
            for await agrees in group { #expect(agrees) }
        }
    }

    @Test(arguments: ["gpt2", "llama2", "qwen2", "nfkc"])
    func `a megabyte without a cut takes no quadratic time`(name: String) throws {
        let tokenizer = try Tokenizer(json: Toys.named(name)).withoutTruncationAndPadding()
        for piece in ["a", " ", "\n", "the", "=", "e\u{323}", "\u{301}"] {
            let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
            let clock = ContinuousClock()
            var ids: [Int32] = []
            // Nearly linear work takes well under a second; quadratic work would take hours.
            let time = clock.measure { ids = tokenizer.encode(text) }
            #expect(!ids.isEmpty)
            #expect(time < .seconds(30), "\(name) on \(piece.debugDescription)")
        }
    }

    @Test func `a text of white space that is tokens and is stripped takes no quadratic time`() throws {
        func token(_ content: String, strips: Bool) -> JSONValue {
            [
                "id": 0, "content": JSONValue(content), "single_word": false, "lstrip": JSONValue(strips),
                "rstrip": JSONValue(strips), "normalized": false, "special": false,
            ]
        }
        let tokens: JSONValue = [token("\n", strips: true), token("\t", strips: false)]
        let tokenizer = try Tokenizer(json: Toys.named("gpt2").setting(["added_tokens"], to: tokens))
        let clock = ContinuousClock()
        for piece in ["\n", "\n\t", " \n", "a \n"] {
            let text = String(repeating: piece, count: 300_000 / piece.utf8.count)
            var ids: [Int32] = []
            let time = clock.measure { ids = tokenizer.encode(text) }
            #expect(!ids.isEmpty)
            #expect(time < .seconds(30), "\(piece.debugDescription)")
        }
    }
}
