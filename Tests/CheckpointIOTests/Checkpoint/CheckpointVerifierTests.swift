import CheckpointIO
import Platform
import TestSupport
import Testing

@Suite struct CheckpointVerifierTests {
    private let run: TemporaryDirectory
    init() throws {
        run = try TemporaryDirectory()
        try SampleCheckpoint.write(1, to: run("best"))
    }

    private func verify() -> VerificationReport { CheckpointVerifier.verify(directory: run("best")) }

    private func state(_ name: String, _ report: VerificationReport) -> VerificationReport.State? {
        report.files.first { $0.entry.name == name }?.state
    }

    @Test func `a checkpoint as written is valid and resumable`() {
        let report = verify()
        #expect(report.isValid && report.isResumable)
        #expect(report.problems.isEmpty && report.unlistedFiles.isEmpty)
        #expect(report.files.allSatisfy { $0.state == .intact })
    }

    @Test func `any changed byte of any protected file is found`() throws {
        for name in ["model.safetensors", "model.apr", "config.json", "training_state.apr"] {
            let good = try run.read("best/\(name)")
            for offset in stride(from: 0, to: good.count, by: max(1, good.count / 40)) {
                var bytes = good
                bytes[offset] ^= 1
                try run.write(bytes, to: "best/\(name)")
                let report = verify()
                #expect(!report.isValid && !report.isResumable, "\(name) at \(offset)")
                #expect(report.problems.count == 1)
            }
            try run.write(good, to: "best/\(name)")
        }
        #expect(verify().isValid)
    }

    @Test func `an edited model card is reported and allowed`() throws {
        try run.write("# better words\n", to: "best/README.md")
        let report = verify()
        #expect(report.isValid && report.isResumable)
        #expect(state("README.md", report) == .edited)
    }

    @Test func `a missing training state only forbids resuming`() throws {
        try DiskFileSystem().removeFile(run("best/training_state.apr"))
        let report = verify()
        #expect(report.isValid && !report.isResumable)
        #expect(state("training_state.apr", report) == .missing)
    }

    @Test func `a missing protected file is a problem`() throws {
        try DiskFileSystem().removeFile(run("best/config.json"))
        let report = verify()
        #expect(!report.isValid)
        #expect(report.problems.map { $0.problem as? ManifestProblem } == [.missingFile("config.json")])
    }

    @Test func `a file that is not listed is reported`() throws {
        try run.write("x", to: "best/notes.txt")
        let report = verify()
        #expect(report.isValid)
        #expect(report.unlistedFiles == ["notes.txt"])
    }

    @Test func `a missing manifest is the problem`() throws {
        try DiskFileSystem().removeFile(run("best/manifest.json"))
        let report = verify()
        #expect(!report.isValid)
        #expect(report.manifestProblem?.isNotFound == true)
        #expect(report.problems.count == 1)
    }

    @Test func `a missing directory is the problem`() throws {
        let report = CheckpointVerifier.verify(directory: run("nowhere"))
        #expect(!report.isValid)
        #expect(report.manifestProblem?.problem as? FileProblem == .notDirectory)
    }

    @Test func `a listed file must be what its name says`() throws {
        let writer = try CheckpointDirectoryWriter(destination: run("odd"))
        try writer.add(name: "model.safetensors", text: "these bytes have the right hash")
        try writer.add(name: "model.apr", bytes: APRGolden.smallest.dropLast())
        let documents = ["<html></html>", "", "[]", "{\"a\": NaN}", "{} {}"]
        for (index, text) in documents.enumerated() { try writer.add(name: "\(index).json", text: text) }
        try writer.add(name: "good.json", text: "{\"a\": 1, \"a\": 2}")
        try writer.commit()
        let report = CheckpointVerifier.verify(directory: run("odd"))
        #expect(report.problems.count == 2 + documents.count)
        #expect(state("good.json", report) == .intact)
    }

    @Test func `a directory where a file belongs is a problem`() throws {
        try DiskFileSystem().removeFile(run("best/config.json"))
        try run.makeDirectory("best/config.json")
        #expect(verify().problems.map { $0.problem as? FileProblem } == [.notRegularFile])
    }

    @Test func `progress reaches the whole`() throws {
        var last = (done: 0, total: 0)
        // The closure escapes, so it may not capture a variable of this function.
        final class Box { var value = (done: 0, total: 0) }
        let box = Box()
        _ = CheckpointVerifier.verify(directory: run("best")) { box.value = ($0, $1) }
        last = box.value
        #expect(last.total > 0 && last.done == last.total)
    }
}
