import CheckpointIO
import Platform
import TestSupport
import Testing

@Suite struct CheckpointRecoveryTests {
    private let run: TemporaryDirectory
    init() throws { run = try TemporaryDirectory() }

    private func sibling(_ name: String, _ kind: SiblingName.Kind) -> String {
        run(SiblingName.make(for: name, kind: kind))
    }

    @Test func `only names of our own making are touched`() throws {
        let names = [
            ".best.tmp", ".best.tmp-123", ".best.new-0123456789abcdef", "best.tmp-0123456789abcdef", ".git",
        ]
        for name in names { try run.makeDirectory(name) }
        #expect(try CheckpointRecovery.recover(in: run.path).isEmpty)
        #expect(try run.names().count == names.count)
    }

    @Test func `sibling names are parsed back`() {
        for kind in SiblingName.Kind.allCases {
            for name in ["best", "epoch-12", "a.b", ".hidden", "x.tmp-y"] {
                let parsed = SiblingName.parse(SiblingName.make(for: name, kind: kind))
                #expect(parsed?.name == name)
                #expect(parsed?.kind == kind)
            }
        }
    }

    @Test func `recovery removes an incomplete directory`() throws {
        try SampleCheckpoint.write(1, to: run("best"))
        let leftover = sibling("best", .temporary)
        try DiskFileSystem().makeDirectory(leftover)
        #expect(try CheckpointRecovery.recover(in: run.path) == [.removed(leftover)])
        #expect(try run.names() == ["best"])
    }

    @Test func `a finished directory takes its destination when nothing stands there`() throws {
        try SampleCheckpoint.write(1, to: run("made"))
        try DiskFileSystem().rename(run("made"), to: sibling("best", .temporary))
        #expect(try CheckpointRecovery.recover(in: run.path) == [.completed(run("best"))])
        #expect(SampleCheckpoint.marker(at: run("best")) == 1)
    }

    @Test func `recovery prefers the new directory to the previous one`() throws {
        for (marker, kind) in [(1, SiblingName.Kind.previous), (2, .temporary)] {
            try SampleCheckpoint.write(Float(marker), to: run("made"))
            try DiskFileSystem().rename(run("made"), to: sibling("best", kind))
        }
        try CheckpointRecovery.recover(in: run.path)
        #expect(SampleCheckpoint.marker(at: run("best")) == 2)
        #expect(try run.names() == ["best"])
    }

    @Test func `recovery restores the previous directory when the new one is not complete`() throws {
        try SampleCheckpoint.write(1, to: run("made"))
        try DiskFileSystem().rename(run("made"), to: sibling("best", .previous))
        try DiskFileSystem().makeDirectory(sibling("best", .temporary))
        let actions = try CheckpointRecovery.recover(in: run.path)
        #expect(actions.first == .restored(run("best")))
        #expect(SampleCheckpoint.marker(at: run("best")) == 1)
        #expect(try run.names() == ["best"])
    }

    @Test func `a damaged checkpoint is replaced by a valid leftover`() throws {
        try SampleCheckpoint.write(1, to: run("made"))
        try DiskFileSystem().rename(run("made"), to: sibling("best", .temporary))
        try SampleCheckpoint.write(2, to: run("best"))
        try run.write("damaged", to: "best/model.apr")
        try CheckpointRecovery.recover(in: run.path)
        #expect(SampleCheckpoint.marker(at: run("best")) == 1)
        #expect(try run.names() == ["best"])
    }

    @Test func `a damaged checkpoint without replacement stays`() throws {
        try SampleCheckpoint.write(2, to: run("best"))
        try run.write("damaged", to: "best/model.apr")
        #expect(try CheckpointRecovery.recover(in: run.path).isEmpty)
        #expect(try run.names() == ["best"])
    }

    @Test func `a previous directory that was no checkpoint comes back too`() throws {
        let previous = sibling("merged", .previous)
        try DiskFileSystem().makeDirectory(previous)
        #expect(try CheckpointRecovery.recover(in: run.path) == [.restored(run("merged"))])
    }

    @Test func `what was to be removed is removed`() throws {
        try SampleCheckpoint.write(1, to: run("made"))
        let leftover = sibling("epoch-1", .discarded)
        try DiskFileSystem().rename(run("made"), to: leftover)
        #expect(try CheckpointRecovery.recover(in: run.path) == [.removed(leftover)])
        #expect(try run.names().isEmpty)
    }
}
