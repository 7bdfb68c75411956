import HuggingFaceHub
import Testing

@Suite struct EncodingTests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `Base64 is that of the standard`(text: String, expected: String) {
        #expect(String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self) == expected)
    }

    /// `printf hello | git hash-object --stdin`, and the empty blob that every repository knows.
    @Test func `small content is named as git names it`() {
        #expect(GitHash.blob(Array("hello".utf8)) == "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0")
        #expect(GitHash.blob([]) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    }
}
