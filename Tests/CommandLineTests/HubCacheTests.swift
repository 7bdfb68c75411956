import Foundation
import JSONCore
import TestSupport
import Testing

/// Base models by their id, from a cache of HuggingFace's layout.
@Suite struct HubCacheTests {
    @Test func `A base in the cache is found by its id, and found again through the checkpoint`() throws {
        let directory = try TemporaryDirectory()
        let commit = "0123456789abcdef0123456789abcdef01234567"
        let snapshots = directory("hub/models--Tiny--Base/snapshots")
        try FileManager.default.createDirectory(atPath: snapshots, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: directory("hub/models--Tiny--Base/refs"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Fixture.base, toPath: snapshots + "/" + commit)
        try directory.write(commit, to: "hub/models--Tiny--Base/refs/main")
        let corpus = try directory.write(Fixture.corpus(), to: "corpus.jsonl")
        let environment = ["HF_HUB_CACHE": directory("hub")]

        let run = try Apr.run(
            [
                "finetune", "Tiny/Base", "--model-size", "26K", "--data", corpus, "-o", directory("run"),
                "--max-steps", "2", "--quiet", "--json",
            ], environment: environment)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.json()["plan"]?["base_name"]?.string == "Tiny/Base")

        let predict = ["predict", directory("run/best"), "--text", "a"]
        #expect(try Apr.run(predict, environment: environment).status == 0)
        // Without the cache and the Hub, the base cannot be found.
        try FileManager.default.removeItem(atPath: snapshots)
        let lost = try Apr.run(predict, environment: environment)
        #expect(lost.status == 69)
        #expect(lost.errors.contains("Tiny/Base"))
    }
}
