import CheckpointIO
import FineTuning
import JSONCore
import TestSupport
import Testing

@Suite struct MetricsLogTests {
    @Test func `every line of a run is whole and numbered`() throws {
        let run = try TinyRun()
        try run.train()
        let lines = try MetricsLog.read(directory: run.path)
        #expect(lines.filter { $0.type == "step" }.map(\.step) == Array(1...8))
        #expect(lines.filter { $0.type == "epoch" }.map(\.step) == [4, 8])
        #expect(lines.filter { $0.type == "evaluation" }.map(\.step) == [4, 8])
        #expect(lines.allSatisfy { $0.object["schema_version"]?.int == 1 })
    }

    @Test func `a line that was changed is not whole`() throws {
        let run = try TinyRun()
        try run.train()
        var object = try #require(try MetricsLog.read(directory: run.path).first?.object)
        #expect(MetricsLog.isWhole(object))
        object["loss"] = 0.5
        #expect(!MetricsLog.isWhole(object))
        object["check"] = nil
        #expect(!MetricsLog.isWhole(object))
    }

    @Test func `reading ends at the first damaged line`() throws {
        let run = try TinyRun()
        try run.train()
        let path = "run/metrics.jsonl"
        var bytes = try run.directory.read(path)
        let third = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }[1] + 20
        bytes[third] ^= 1
        try run.directory.write(bytes, to: path)
        #expect(try MetricsLog.read(directory: run.path).count == 2)
    }

    @Test func `the check value is the zlib CRC-32 of the line without it`() throws {
        let run = try TinyRun()
        try run.train()
        let text = String(decoding: try run.directory.read("run/metrics.jsonl"), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first)
        // The member takes `,"check":"01234567"` before the closing brace.
        let content = Array((line.dropLast(20) + "}").utf8)
        let checksum = content.withUnsafeBytes { CRC32.checksum($0) }
        #expect(UInt32(line.dropLast(2).suffix(8), radix: 16) == checksum)
    }
}
