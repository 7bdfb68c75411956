import HuggingFaceHub
import Testing

@Suite struct HubURLTests {
    @Test func `a URL is split where decisions are made`() throws {
        let url = try #require(HubURL("https://Hub.Example.org:8443/a/b%20c?x=1&y=2#part"))
        #expect(url.scheme == "https")
        #expect(url.host == "hub.example.org")
        #expect(url.port == 8443)
        #expect(url.path == "/a/b%20c")
        #expect(url.query == "x=1&y=2")
        #expect(url.text == "https://hub.example.org:8443/a/b%20c?x=1&y=2")
    }

    @Test(arguments: [
        "", "hub", "/path", "ftp://host/x", "https://", "https://user@host/", "https://user:word@host/",
        "https://host:0/", "https://host:99999/", "https://host:x/", "https://ho st/", "https://h\nost/",
    ])
    func `What is no plain web address is refused`(text: String) { #expect(HubURL(text) == nil) }

    @Test func `the same server is the same scheme, host and port`() throws {
        let hub = try #require(HubURL("https://huggingface.co/a"))
        for (text, isSame) in [
            ("https://huggingface.co:443/other", true), ("https://HuggingFace.co", true),
            ("http://huggingface.co/a", false), ("https://huggingface.co:8443/a", false),
            ("https://huggingface.co.evil.org/a", false), ("https://cdn.huggingface.co/a", false),
        ] {
            #expect(try #require(HubURL(text)).hasSameOrigin(as: hub) == isSame, "\(text)")
        }
    }

    @Test(arguments: [
        ("/x/y", "https://host/x/y"), ("https://other/z?q=1", "https://other/z?q=1"),
        ("//other/z", "https://other/z"), ("c", "https://host/a/c"),
    ])
    func `A redirect is resolved as a browser would`(location: String, expected: String) throws {
        let url = try #require(HubURL("https://host/a/b?c=d"))
        #expect(url.resolving(location)?.text == expected)
    }

    @Test(arguments: ["", "javascript:1", "ftp://x/y", "http://a b/"])
    func `a redirect to what is no web address is none`(location: String) throws {
        let url = try #require(HubURL("https://host/a/b"))
        #expect(url.resolving(location).map { $0.host } ?? "host" == "host")
    }

    @Test(arguments: [
        ("http://127.0.0.1:80/", true), ("http://127.8.9.10/", true), ("http://localhost/", true),
        ("http://[::1]:9/", true), ("http://127.0.0.1.example.org/", false), ("http://128.0.0.1/", false),
        ("http://localhost.example.org/", false), ("http://127.1/", false),
    ])
    func `Only this machine is loopback`(text: String, isLoopback: Bool) throws {
        #expect(try #require(HubURL(text)).isLoopback == isLoopback)
    }

    @Test func `paths are encoded as the Hub expects them`() {
        #expect(URLText.encodedPath("a b/ü.txt") == "a%20b/%C3%BC.txt")
        #expect(URLText.encodedSegment("refs/pr/1") == "refs%2Fpr%2F1")
    }
}
