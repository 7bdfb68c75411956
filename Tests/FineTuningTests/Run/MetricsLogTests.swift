import CheckpointIO
import FineTuning
import JSONCore
import Platform
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

    /// A run of two epochs without its checkpoints, except the one of step 4.
    private func makeRunToCutBack() throws -> TinyRun {
        let run = try TinyRun()
        run.config.saveEvery = 1
        try run.train()
        for name in ["best", "last", "epoch-2"] { try CheckpointRecovery.remove("\(run.path)/\(name)") }
        return run
    }

    @Test func `lines cut off are kept aside once, at whatever operation the resuming process is killed`()
        throws
    {
        for operation in 0..<1000 {
            let run = try makeRunToCutBack()
            let whole = try run.directory.read("run/metrics.jsonl")
            let end = try #require(
                try MetricsLog.read(directory: run.path).lastIndex { $0.type == "epoch" && $0.step == 4 })
            let newlines = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
            let tail = whole[(newlines[end] + 1)...]

            let dying = FaultInjectingFileSystem(failingAt: operation, with: .crash)
            run.hooks.fileSystem = dying
            _ = try? run.train(mode: .resume, stoppingAfter: 5)
            let isCut = try run.directory.read("run/metrics.jsonl").count < whole.count
            run.hooks.fileSystem = UnsynchronizedFileSystem()
            try run.train(mode: .resume)
            let steps = try MetricsLog.read(directory: run.path).filter { $0.type == "step" }.map(\.step)
            #expect(steps == Array(1...8), "operation \(operation)")
            let aside = try run.directory.read("run/metrics-after-step-4.jsonl")
            #expect(aside.starts(with: tail), "operation \(operation)")
            guard !isCut else { return #expect(operation > 3) }
            #expect(aside.elementsEqual(tail), "operation \(operation)")
        }
    }
}
