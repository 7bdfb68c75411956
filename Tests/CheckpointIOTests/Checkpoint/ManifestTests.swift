import CheckpointIO
import FileHashing
import JSONCore
import Platform
import TestSupport
import Testing

@Suite struct ManifestTests {
    private static let hash = String(repeating: "ab", count: 32)
    private let manifest = Manifest([
        .init(name: "model.safetensors", byteCount: 12, sha256: ManifestTests.hash),
        .init(name: "README.md", byteCount: 3, sha256: ManifestTests.hash),
        .init(name: "training_state.apr", byteCount: 0, sha256: ManifestTests.hash),
    ])

    /// The spelling of a manifest, changed, with a digest that fits whatever it says now.
    private func problem(replacing old: String, with new: String, fixingDigest: Bool = false)
        -> ManifestProblem?
    {
        var text = String(decoding: manifest.encoded(), as: UTF8.self)
        #expect(text.contains(old))
        text = text.replacing(old, with: new)
        if fixingDigest {
            // The digest member comes first; the content is the document without it.
            let content = "{" + text.dropFirst(#"{"digest":"","#.utf8.count + 64).dropLast()
            let digest = FileHash.sha256(of: Array(content.utf8))
            text = text.replacing(manifest.digest, with: digest)
        }
        let error = #expect(throws: FileError.self) { try Manifest(bytes: Array(text.utf8), path: "m") }
        guard let problem = error?.problem as? ManifestProblem else { return nil }
        return problem
    }

    @Test func `the spelling is canonical and carries its digest`() throws {
        let file = { (role: String, size: Int) in
            "{\"role\":\"\(role)\",\"sha256\":\"\(Self.hash)\",\"size\":\(size)}"
        }
        let files =
            "\"files\":{\"README.md\":\(file("editable", 3)),\"model.safetensors\":\(file("protected", 12)),"
            + "\"training_state.apr\":\(file("local", 0))}"
        let tail = ",\"format\":\"apr-checkpoint\",\"schema_version\":1}"
        let digest = FileHash.sha256(of: Array("{\(files)\(tail)".utf8))
        #expect(
            String(decoding: manifest.encoded(), as: UTF8.self)
                == "{\"digest\":\"\(digest)\",\(files)\(tail)\n")
    }

    @Test func `what is written is read back equal`() throws {
        #expect(try Manifest(bytes: manifest.encoded(), path: "m") == manifest)
    }

    @Test func `any byte that changes is found`() throws {
        let good = manifest.encoded()
        for offset in good.indices {
            for bit in [0x01, 0x20] as [UInt8] {
                var bytes = good
                bytes[offset] ^= bit
                #expect(throws: FileError.self) { try Manifest(bytes: bytes, path: "m") }
            }
        }
    }

    @Test func `a manifest cut short`() {
        let good = manifest.encoded()
        for count in good.indices {
            #expect(throws: FileError.self) {
                try Manifest(bytes: Array(good.prefix(count)), path: "m")
            }
        }
    }

    @Test func `a changed size does not fit the digest`() {
        guard case .digestMismatch = problem(replacing: "\"size\":12", with: "\"size\":13") else {
            Issue.record("another error")
            return
        }
    }

    @Test func `spaces that the digest does not cover`() {
        #expect(problem(replacing: ",\"format\"", with: ", \"format\"") == .notCanonical)
    }

    @Test func `a member that the digest does not cover`() {
        #expect(
            problem(replacing: "\"schema_version\":1", with: "\"schema_version\":1,\"x\":2") == .notCanonical)
    }

    @Test(arguments: ["../model.safetensors", "/etc/passwd", "a/b", "..", "manifest.json"])
    func `a name that is no file of the directory`(name: String) {
        #expect(
            problem(replacing: "model.safetensors", with: name, fixingDigest: true) == .unsafeName(name))
    }

    @Test func `weights that claim to be editable`() {
        #expect(
            problem(replacing: "\"protected\"", with: "\"editable\"", fixingDigest: true)
                == .invalidMember("the role of \"model.safetensors\"", expected: "protected"))
    }

    @Test func `an unknown role`() {
        #expect(
            problem(replacing: "\"protected\"", with: "\"free\"", fixingDigest: true)
                == .invalidMember(
                    "the role of \"model.safetensors\"", expected: "protected, editable or local"))
    }

    @Test func `a hash that is not one`() {
        #expect(
            problem(replacing: "\(Self.hash)\",\"size\":12", with: "AB\",\"size\":12", fixingDigest: true)
                == .invalidMember(
                    "the sha256 of \"model.safetensors\"", expected: "64 lower-case hexadecimal digits"))
    }

    @Test(arguments: ["-1", "1.5", "\"1\"", "null"])
    func `a size that is not one`(size: String) {
        #expect(
            problem(replacing: "\"size\":12", with: "\"size\":\(size)", fixingDigest: true)
                == .invalidMember("the size of \"model.safetensors\"", expected: "a size"))
    }

    @Test func `a later version`() {
        #expect(
            problem(replacing: "\"schema_version\":1", with: "\"schema_version\":2", fixingDigest: true)
                == .unsupportedVersion("apr-checkpoint 2"))
    }

    @Test func `a name that stands twice`() {
        guard
            case .notJSON(let error) = problem(
                replacing: "\"README.md\"", with: "\"model.safetensors\"", fixingDigest: true)
        else {
            Issue.record("another error")
            return
        }
        #expect(error.rule == .duplicateKey("model.safetensors"))
    }

    @Test(arguments: ["", "[]", "{}", "{\"format\":\"apr-checkpoint\",\"schema_version\":1}", "x"])
    func `a file of something else`(text: String) {
        #expect(throws: FileError.self) { try Manifest(bytes: Array(text.utf8), path: "m") }
    }
}
