import JSONCore
import Testing
import TextTokenization

@Suite("Mutated tokenizer.json files")
struct TokenizerFuzzTests {
    /// A generator whose cases are the same on every run (SplitMix64).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    /// A small file with one of every nested component: the fuzzer's seed.
    private static let seeds: [JSONValue] = ["gpt2", "llama3", "mistral", "lowercase"].map {
        shrunk(Toys.named($0))
    }

    /// Drops most of the merges, so that a mutation is likely to hit something else.
    private static func shrunk(_ toy: JSONValue) -> JSONValue {
        let merges = toy["model"]?["merges"]?.array ?? []
        return toy.setting(["model", "merges"], to: .array(Array(merges.prefix(12))))
    }

    private static let texts = [
        "", "a", "the  quick\r\n\t<s>x [L] [W]ing", "e\u{301}\u{1F468}\u{200D}1\u{FFFF}\0'LL",
        " \u{3000}▁Été",
    ]

    /// Uses the file as a program would; the result must be an error or ids, never a crash.
    private func use(_ json: JSONValue) -> Bool {
        guard let tokenizer = try? Tokenizer(json: json) else { return false }
        for text in Self.texts {
            _ = tokenizer.encodeWithTokens(text)
            _ = tokenizer.encode(text, addSpecialTokens: false, maxLength: 3)
        }
        return true
    }

    @Test(arguments: 0..<4)
    func `bytes flipped, cut, doubled: an error or ids, never a trap`(seed: Int) {
        var generator = Generator(state: UInt64(seed) + 1)
        let original = Array(Self.seeds[seed].encoded(.compact).utf8)
        var survivors = 0
        for _ in 0..<2500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: bytes.remove(at: index)
                case 3:
                    bytes.insert("0123456789\"[]{},-u".utf8.randomElement(using: &generator) ?? 0, at: index)
                default:
                    let end = min(bytes.count, index + Int.random(in: 1...20, using: &generator))
                    bytes.insert(
                        contentsOf: bytes[index..<end], at: Int.random(in: bytes.indices, using: &generator))
                }
                if bytes.count < 2 { break }
            }
            if agree(bytes) { survivors += 1 }
        }
        // Some mutations leave a good file; if none did, the fuzzer would not reach the encoder.
        #expect(survivors > 20)
    }

    @Test(arguments: 0..<4)
    func `values swapped, dropped, replaced: an error or ids, never a trap`(seed: Int) {
        var generator = Generator(state: UInt64(seed) + 101)
        var survivors = 0
        for _ in 0..<2500 {
            var json = Self.seeds[seed]
            for _ in 0..<Int.random(in: 1...3, using: &generator) { json = mutated(json, &generator) }
            if use(json) { survivors += 1 }
        }
        #expect(survivors > 20)
    }

    /// Reads the bytes directly and through a JSON tree: both must give the same error or the same ids.
    private func agree(_ bytes: [UInt8]) -> Bool {
        let direct = Result { () throws(TokenizerError) in try Tokenizer(contents: bytes) }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONParser.parse(bytes)
        } catch {
            #expect(throws: TokenizerError(.json(error))) { try direct.get() }
            return false
        }
        switch (direct, Result { () throws(TokenizerError) in try Tokenizer(json: json) }) {
        case (.success(let direct), .success(let tree)):
            for text in Self.texts { #expect(direct.encodeWithTokens(text) == tree.encodeWithTokens(text)) }
            return use(json)
        case (.failure(let direct), .failure(let tree)):
            #expect(direct == tree)
        default:
            Issue.record("one way takes what the other refuses: \(String(decoding: bytes, as: UTF8.self))")
        }
        return false
    }

    private static let strange: [JSONValue] = [
        .null, true, false, 0, 1, -1, 2, 300, 2_147_483_647, 4_294_967_296, 0.5, "", " ", "a", "▁", "<s>",
        "\0", "NFKC",
        "Sequence", "ByteLevel", "Metaspace", "Split", "Left", "first", [], [:], ["Regex": "a"],
        ["String": " "],
        ["type": "NFD"], ["type": "Prepend", "prepend": "▁▁"],
        ["type": "Replace", "pattern": ["String": "e"], "content": "ee e"],
        ["type": "Metaspace", "replacement": "e", "prepend_scheme": "first", "split": true],
        ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true],
        ["type": "Split", "pattern": ["String": "e"], "behavior": "MergedWithNext", "invert": true],
        ["type": "Whitespace"],
        ["max_length": 2, "stride": 0, "strategy": "LongestFirst", "direction": "Left"],
        [
            "strategy": ["Fixed": 7], "direction": "Left", "pad_to_multiple_of": 3, "pad_id": 1,
            "pad_type_id": 0,
            "pad_token": "p",
        ],
    ]

    /// Changes a value at a random path.
    private func mutated(_ value: JSONValue, _ generator: inout Generator) -> JSONValue {
        let descends = Int.random(in: 0..<8, using: &generator) != 0
        switch value {
        case .object(var object) where !object.isEmpty && descends:
            let members = object.members
            let member = members[Int.random(in: members.indices, using: &generator)]
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: object[member.key] = JSONValue?.none
            case 1: object[member.key] = members.randomElement(using: &generator)?.value
            case 2: object[member.key + "x"] = member.value
            default: object[member.key] = mutated(member.value, &generator)
            }
            return .object(object)
        case .array(var array) where !array.isEmpty && descends:
            let index = Int.random(in: array.indices, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: array.remove(at: index)
            case 1: array.insert(array[index], at: 0)
            case 2: array.swapAt(index, 0)
            default: array[index] = mutated(array[index], &generator)
            }
            return .array(array)
        default:
            return Self.strange.randomElement(using: &generator) ?? value
        }
    }
}
