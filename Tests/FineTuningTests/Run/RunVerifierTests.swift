import CheckpointIO
import Diagnostics
import FineTuning
import Platform
import TestSupport
import Testing

/// `apr verify RUN` finds a changed byte anywhere.
@Suite struct RunVerifierTests {
    @Test(arguments: [false, true])
    func `a finished run is valid, and all but best can be resumed`(keepsState: Bool) throws {
        let run = try TinyRun()
        run.config.saveEvery = 1
        run.config.keepOptimizerState = keepsState
        try run.train()
        let report = RunVerifier.verify(directory: run.path)
        #expect(report.isValid && report.problems.isEmpty && report.leftovers.isEmpty)
        #expect(report.checkpoints.map(\.name) == [.best, .epoch(1), .epoch(2), .last])
        #expect(report.resumable == (keepsState ? [.best] : []) + [.epoch(1), .epoch(2), .last])
        #expect(report.metrics?.isTorn == false && report.metrics?.repeatedLine == nil)
        #expect(RunVerifier.isRun(run.path) && !RunVerifier.isRun(run.path + "/best"))
    }

    @Test func `a changed byte of any file but the model card is found`() throws {
        let run = try TinyRun()
        run.config.valSplit = 0
        try run.train()
        let files = try Directory.names(in: run.path + "/last").filter { $0 != "README.md" }.map {
            "last/\($0)"
        }
        #expect(files.count >= 10)
        for file in files + ["run.json", "metrics.jsonl"] {
            let good = try run.directory.read("run/\(file)")
            // Forty offsets spread over the file, its first and last byte among them.
            let offsets = Set((0..<40).map { $0 * (good.count - 1) / 39 })
            for offset in offsets {
                var bytes = good
                bytes[offset] ^= 1
                try run.directory.write(bytes, to: "run/\(file)")
                let report = RunVerifier.verify(directory: run.path)
                // Without its last newline, a log ends like an interrupted one, which the report says as well.
                #expect(!report.isValid || report.metrics?.isTorn == true, "\(file) at \(offset)")
                #expect(!file.hasPrefix("last/") || report.resumable.isEmpty, "\(file) at \(offset)")
            }
            try run.directory.write(good, to: "run/\(file)")
        }
        #expect(RunVerifier.verify(directory: run.path).isValid)
    }

    @Test func `a torn last line is no damage, a changed one before the end is`() throws {
        let run = try TinyRun()
        try run.train()
        let good = try run.directory.read("run/metrics.jsonl")
        try run.directory.write(Array(good.dropLast(9)), to: "run/metrics.jsonl")
        let torn = RunVerifier.verify(directory: run.path)
        #expect(torn.isValid && torn.metrics?.isTorn == true)
        var bytes = good
        bytes[30] ^= 1
        try run.directory.write(bytes, to: "run/metrics.jsonl")
        let damaged = RunVerifier.verify(directory: run.path)
        #expect(damaged.metrics?.damagedLine == 1 && damaged.metrics?.isTorn == false)
        #expect(damaged.problems.count == 1)
        #expect(damaged.problems.first?.description.contains("metrics.jsonl:1:") == true)
    }

    @Test func `a step that stands twice is found`() throws {
        let run = try TinyRun()
        try run.train()
        let good = try run.directory.read("run/metrics.jsonl")
        let lines = good.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        let step = try #require(lines.first { $0.contains("\"type\":\"step\"") })
        try run.directory.write(good + Array((step + "\n").utf8), to: "run/metrics.jsonl")
        #expect(RunVerifier.verify(directory: run.path).metrics?.repeatedLine != nil)
    }

    @Test func `files of two checkpoints in one are found, with a manifest that fits them`() throws {
        let run = try TinyRun()
        run.config.valSplit = 0
        try run.train()
        let other = try TinyRun()
        other.config.valSplit = 0
        other.config.loraRank = 2
        try other.train()
        for file in ["model.safetensors", "adapter_model.safetensors", "training_state.apr"] {
            let writer = try CheckpointDirectoryWriter(destination: run.directory("mixed"))
            for name in try Directory.names(in: run.path + "/last") where name != Manifest.fileName {
                try writer.copy(file: (name == file ? other.path : run.path) + "/last/\(name)")
            }
            try writer.commit()
            let report = CheckpointVerifier.verify(directory: run.directory("mixed"))
            #expect(!report.isValid && report.problems.count == 1, "\(file)")
            #expect("\(report.problems)".contains(file))
        }
    }

    @Test func `remains of an interrupted save are named`() throws {
        let run = try TinyRun()
        try run.train()
        try run.directory.makeDirectory("run/.last.tmp-0123456789abcdef")
        let report = RunVerifier.verify(directory: run.path)
        #expect(report.isValid && report.leftovers == [".last.tmp-0123456789abcdef"])
    }
}
