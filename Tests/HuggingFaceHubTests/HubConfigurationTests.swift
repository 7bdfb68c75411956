import HuggingFaceHub
import TestSupport
import Testing

@Suite struct HubConfigurationTests {
    private static let secret = "hf_doNotShowThis"

    @Test func `a token never shows itself`() throws {
        let token = try HubToken(Self.secret, source: "a test")
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(describing: token), String(reflecting: token), dumped] {
            #expect(!text.contains(Self.secret), "\(text)")
        }
        let configuration = try HubConfiguration(
            environment: environment(["HF_TOKEN": Self.secret, "HF_HOME": "/home/hf"]), userAgent: "test")
        var all = String(reflecting: configuration)
        dump(configuration, to: &all)
        #expect(!all.contains(Self.secret))
    }

    @Test(arguments: ["", "  \n", "hf_a b", "hf_a\r\nX: y", "hf_ü"])
    func `What cannot stand in a header is no token, and is not repeated`(text: String) throws {
        do {
            _ = try HubToken(text, source: "a test")
            Issue.record("accepted")
        } catch let error as HubError {
            #expect(error.kind == .notPermitted)
            #expect(!"\(error)".contains("hf_"))
        }
    }

    @Test func `plain HTTP is for this machine alone`() throws {
        for text in ["https://hub.example.org", "http://127.0.0.1:8080/", "http://localhost:1"] {
            _ = try HubEndpoint(text)
        }
        for text in ["http://hub.example.org", "http://192.168.0.1", "hub.example.org", "https://a?b=c"] {
            #expect(throws: HubError.self, "\(text)") { try HubEndpoint(text) }
        }
        _ = try HubEndpoint("http://hub.example.org", allowsInsecure: true)
    }

    @Test func `the cache lies where HuggingFace's libraries look for it`() {
        #expect(environment(["HF_HUB_CACHE": "/c", "HF_HOME": "/h"]).cache == "/c")
        #expect(environment(["HF_HOME": "/h", "HOME": "/u"]).cache == "/h/hub")
        #expect(environment(["XDG_CACHE_HOME": "/x", "HOME": "/u"]).cache == "/x/huggingface/hub")
        #expect(environment(["HOME": "/u"]).cache == "/u/.cache/huggingface/hub")
        #expect(environment([:]).cache == nil)
    }

    private func environment(_ variables: [String: String]) -> HubEnvironment {
        HubEnvironment { variables[$0] }
    }
}

@Suite struct HubRepositoryIDTests {
    @Test(arguments: [
        "me/model", "paiml/shell-safety-classifier", "Qwen/Qwen2.5-Coder-0.5B", "a_b/c.d-e", "a/_x",
    ])
    func `an id is taken as it is`(text: String) throws {
        #expect(try HubRepositoryID(text).description == text)
    }

    @Test(arguments: [
        "", "model", "a/b/c", "/b", "a/", "a--b/c", "a/b..c", "a/-b", "a/b-", ".a/b", "a/b.", "a/b.git",
        "a b/c",
        "a/b?c", "a/ü", "../..", "a/" + String(repeating: "x", count: 97),
    ])
    func `An id that the Hub refuses is refused before it is asked`(text: String) {
        #expect(throws: HubError.self) { try HubRepositoryID(text) }
    }

    @Test func `a revision follows an at sign`() throws {
        #expect(try HubReference("a/b").revision == nil)
        #expect(try HubReference("a/b@main").revision == "main")
        #expect(try HubReference("a/b@refs/pr/1").revision == "refs/pr/1")
        for text in ["a/b@", "a/b@../x", "a/b@x..y", "a/b@/x", "a/b@x y", "a/b@.x", "a/b@x.lock"] {
            #expect(throws: HubError.self, "\(text)") { try HubReference(text) }
        }
    }
}
