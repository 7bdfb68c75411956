import ClassificationData
import Testing

@Suite struct TextTemplateTests {
    @Test(arguments: [
        ("{text}\\nCategory:", "{text}\nCategory:", "a b\nCategory:"), ("{text}", "{text}", "a b"),
        ("\\t\\\\n{text}\\x\\", "\t\\n{text}\\x\\", "\t\\na b\\x\\"),
    ])
    func `a template is typed with escapes and puts words around a text`(
        _ typed: String, _ pattern: String, _ applied: String
    ) throws {
        let template = try #require(TextTemplate(escaped: typed))
        #expect(template.pattern == pattern)
        #expect(template.applied(to: "a b") == applied)
        #expect(TextTemplate(escaped: template.escaped) == template)
    }

    @Test(arguments: ["", "text", "{Text}", "{text} and {text}", "{ text }"])
    func `a template has the placeholder once`(_ pattern: String) { #expect(TextTemplate(pattern) == nil) }

    @Test func `what a text holds is not a placeholder`() {
        #expect(TextTemplate("<{text}>")?.applied(to: "{text}") == "<{text}>")
    }
}
