import CheckpointIO
import FileHashing
import JSONCore
import TestSupport
import Testing

@Suite struct APRRewritingTests {
    @Test(arguments: [0, 1, 300_000])
    func `a file with other metadata holds the same tensors`(count: Int) throws {
        let run = try TemporaryDirectory()
        let tensors = [
            NamedTensor(name: "a", shape: [max(1, count)], values: (0..<max(1, count)).map(Float.init)),
            NamedTensor(name: "b", shape: [2, 1], values: [0.5, -1]),
        ]
        let before = try run.write(
            APRWriter.encode(tensors, metadata: ["name": "/home/me/base"]), to: "before")
        let file = try APRFile(path: before)
        // Longer and shorter than before, so that everything behind moves.
        for name in ["x", String(repeating: "long-", count: 100)] {
            let rewritten = try #require(
                try APRWriter.rewritten(file, metadata: ["name": .string(name)]))
            let (tail, sha256) = rewritten.completed()
            let bytes = rewritten.head + (try run.read("before"))[rewritten.tensors] + tail
            #expect(bytes == (try APRWriter.encode(tensors, metadata: ["name": .string(name)])))
            #expect(sha256 == FileHash.sha256(of: bytes))
        }
    }

    @Test func `a file that has the metadata already is left as it is`() throws {
        let run = try TemporaryDirectory()
        let tensors = [NamedTensor(name: "a", shape: [2], values: [1, 2])]
        let metadata: JSONObject = ["name": "org/base", "epochs": 3]
        let path = try run.write(APRWriter.encode(tensors, metadata: metadata), to: "model.apr")
        let file = try APRFile(path: path)
        #expect(try APRWriter.rewritten(file, metadata: file.metadata) == nil)
        var other = file.metadata
        other["epochs"] = 4
        #expect(try APRWriter.rewritten(file, metadata: other) != nil)
    }
}
