import Testing
import TextTokenization

@Suite("Words that a tokenizer remembers")
struct WordCacheTests {
    /// Words of 1 to 24 letters, more than the cache has entries, each twice and far apart.
    private static let words: [String] = {
        var state: UInt64 = 42
        let some = (0..<6000).map { number in
            String(
                (0..<number % 24 + 1).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Array("aehtinxofr")[Int(state >> 33) % 10]
                })
        }
        return some + some
    }()

    @Test(arguments: Toys.all.indices)
    func `a remembered word has the tokens of a new one`(index: Int) throws {
        let toy = Toys.all[index]
        let old = try Tokenizer(json: toy.json)
        _ = Self.words.map { old.encode($0) }
        for start in stride(from: 0, to: Self.words.count, by: 500) {
            let fresh = try Tokenizer(json: toy.json)
            for word in Self.words[start..<start + 20] {
                #expect(old.encode(word) == fresh.encode(word), "\(toy.name): \(word)")
            }
        }
    }

    @Test func `texts that are encoded at once do not see each other's words`() async throws {
        let tokenizer = try Tokenizer(json: Toys.named("llama2"))
        let expected = Self.words.map { tokenizer.encode($0) }
        let results = await withTaskGroup(of: [[Int32]].self) { group in
            for _ in 0..<4 { group.addTask { Self.words.map { tokenizer.encode($0) } } }
            var results: [[[Int32]]] = []
            for await result in group { results.append(result) }
            return results
        }
        #expect(results.allSatisfy { $0 == expected })
    }
}
