import Foundation
import JSONCore
import TestSupport
import Testing

/// `apr import` on the tiny base as a GGUF file.
@Suite struct ImportTests {
    private static let source = Fixture.directory.appendingPathComponent("base.gguf").path
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func `An import is a model directory, and running it again does nothing`() throws {
        let target = directory("deep/model")
        try Apr.expect(["import", Self.source, "-o", target, "--quiet"])
        let arguments = ["--text", "rm -rf \"$x\" é", "--json"]
        #expect(
            try Apr.expect(["tokenize", target] + arguments).output
                == Apr.expect(["tokenize", Fixture.base] + arguments).output)
        let weights = try Data(contentsOf: URL(fileURLWithPath: target + "/model.safetensors"))
        let again = try Apr.expect(["import", Self.source, "-o", target, "--json"])
        #expect(try again.json()["up_to_date"]?.bool == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: target + "/model.safetensors")) == weights)
    }

    @Test func `The summary as JSON tells what was read and written`() throws {
        let summary = try Apr.expect([
            "import", Self.source, "-o", directory("model"), "--dtype", "bf16", "--quiet", "--json",
        ]).json()
        #expect(summary["schema_version"]?.int == 1)
        #expect(summary["architecture"]?.string == "qwen2")
        #expect(summary["dtype"]?.string == "bf16")
        #expect(summary["tensor_types"]?["F16"]?.int == 15)
        let model = try Apr.expect(["inspect", directory("model"), "--json"]).json()
        #expect(model["tensors"]?.array?.allSatisfy { $0["dtype"]?.string == "BF16" } == true)
    }

    @Test func `A directory in use is refused and can be replaced by name only`() throws {
        let target = try directory.makeDirectory("model")
        try directory.write("mine", to: "model/notes.txt")
        let refused = try Apr.run(["import", Self.source, "-o", target])
        #expect(refused.status == 73)
        #expect(refused.errors.contains("--overwrite"))
        let strange = try Apr.run(["import", Self.source, "-o", target, "--overwrite"])
        #expect(strange.status == 73)
        #expect(try directory.read("model/notes.txt") == Array("mine".utf8))
    }

    @Test func `A file that is cut short is bad data and leaves nothing behind`() throws {
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.source)))
        let part = try directory.write(Array(whole.prefix(whole.count / 2)), to: "part.gguf")
        let outcome = try Apr.run(["import", part, "-o", directory("model")])
        #expect(outcome.status == 65)
        #expect(outcome.errors.hasPrefix("apr: \(part): "))
        #expect(try directory.names() == ["part.gguf"])
    }

    @Test func `A GGUF file is described`() throws {
        let inspection = try Apr.expect(["inspect", Self.source, "--json"]).json()
        #expect(inspection["kind"]?.string == "gguf")
        #expect(inspection["parameter_count"]?.int == 25_888)
    }
}
