import Foundation
import JSONCore
import TestSupport
import Testing

/// `apr tokenize` on the tiny base's tokenizer.
@Suite struct TokenizeTests {
    @Test func `Ids and tokens are printed for people and for programs`() throws {
        let people = try Apr.expect(["tokenize", Fixture.base, "--text", "a é"]).output
        // Byte-level: a, a space (written Ġ) and the two bytes of é.
        #expect(people.hasSuffix("tokens  \"a\" \"Ġ\" \"Ã\" \"©\"\n"), "\(people)")
        let object = try Apr.expect(["tokenize", Fixture.base, "--text", "a é", "--json"]).json()
        #expect(object["tokens"]?.strings == ["a", "Ġ", "Ã", "©"])
        let ids = try #require(object["ids"]?.ints)
        #expect(people.hasPrefix("ids     \(ids.map(String.init).joined(separator: " "))\n"))
    }

    @Test func `One object a line comes in the order of the input, however long it is`() throws {
        let texts = (0..<3000).map { "row \($0) \(String(repeating: "x", count: $0 % 400))" }
        let input = texts.map { "{\"input\":\"\($0)\",\"label\":0}\n" }.joined()
        let rows = try Apr.run(["tokenize", Fixture.base, "-", "--json"], input: input).jsonLines()
        #expect(rows.count == texts.count)
        for (row, text) in zip(rows, texts) {
            let tokens = try #require(row["tokens"]?.strings)
            #expect(tokens.joined() == text.replacingOccurrences(of: " ", with: "Ġ"))
        }
    }

    @Test func `A last line without an end and a bad line after good ones are both noticed`() throws {
        let good = try Apr.run(
            ["tokenize", Fixture.base, "-", "--json"], input: "{\"text\":\"a\"}\n\n{\"text\":\"b\"}")
        #expect(try good.jsonLines().count == 2)
        let bad = try Apr.run(
            ["tokenize", Fixture.base, "-", "--json"], input: "{\"text\":\"a\"}\n\n{\"text\":1}")
        #expect(bad.status == 65)
        #expect(bad.errors.contains("standard input:3:"))
    }
}
