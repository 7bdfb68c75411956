import Platform
import TestSupport
import Testing

@Suite struct WrittenPathTests {
    private func expanded(_ path: String) -> String {
        WrittenPath.expanded(path) { ["HOME": "/home/me/", "A": "a b", "EMPTY": ""][$0] }
    }

    @Test(arguments: [
        ("~", "/home/me"), ("~/x", "/home/me/x"), ("/x/~", "/x/~"),
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x"),
        ("$HOME/x", "/home/me//x"), ("${HOME}x", "/home/me/x"), ("/$A/$A", "/a b/a b"), ("$EMPTY/x", "/x"),
        ("$UNKNOWN/x", "$UNKNOWN/x"), ("${UNKNOWN}/x", "${UNKNOWN}/x"), ("${A", "${A"), ("$", "$"),
        ("a$", "a$"),
        ("${}", "${}"), ("$-x", "$-x"), ("é$A", "éa b"), ("", ""), ("x", "x"),
    ])
    func `a path is expanded as in Python`(path: String, expected: String) {
        #expect(expanded(path) == expected)
    }

    @Test func `a variable that is not set is named`() {
        let environment: (String) -> String? = { ["A": "a"][$0] }
        #expect(WrittenPath.unknownVariable(in: "$A/${B}/$C", environment) == "B")
        #expect(WrittenPath.unknownVariable(in: "$A/x$", environment) == nil)
    }

    @Test func `a directory belongs to the process that holds its lock`() throws {
        let directory = try TemporaryDirectory()
        let lock = FileLock.own(directory: directory.path)
        #expect(lock != nil)
        #expect(FileLock.own(directory: directory.path) == nil)
        withExtendedLifetime(lock) {}
        #expect(FileLock.own(directory: directory("missing")) == nil)
        #expect(FileLock.own(directory: try directory.write("x", to: "file")) == nil)
    }

    @Test(arguments: [
        ("a|b", "a\\|b"), ("![x](y)", "\\!\\[x\\](y)"), ("<b>&", "&lt;b>&amp;"), ("a\nb", "a b"),
        ("www.x", "www\\.x"),
        ("\u{1B}[2J\u{202E}", "\u{FFFD}\\[2J\u{FFFD}"), ("https://x", "https\\://x"),
        ("plain é ✓", "plain é ✓"),
    ])
    func `text in Markdown is text`(text: String, expected: String) {
        #expect(Markdown.escaped(text) == expected)
    }
}
