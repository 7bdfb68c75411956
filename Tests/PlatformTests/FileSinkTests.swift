import FileHashing
import Platform
import TestSupport
import Testing

/// The file and its hash hold what is written, whatever the size of the pieces.
@Suite struct FileSinkTests {
    private func sample(_ count: Int, seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 31 &+ $0 >> 9) }
    }

    // Sizes around the limits of background hashing and of pieces.
    @Test(arguments: [
        [0], [1], [65_535], [65_536], [262_143, 1], [1, 262_144, 1], [900_000, 200_000],
        [200_000, 900_000, 3],
        [5_000_000, 10, 70_000],
    ])
    func `pieces of any size make up the file`(sizes: [Int]) throws {
        let run = try TemporaryDirectory()
        let sink = try FileSink(creating: run("file"))
        var whole: [UInt8] = []
        for (number, size) in sizes.enumerated() {
            let piece = sample(size, seed: number)
            try piece.withUnsafeBytes { try sink.write($0) }
            whole += piece
        }
        let summary = try sink.close()
        #expect(try run.read("file") == whole)
        #expect(summary.byteCount == whole.count)
        #expect(summary.sha256 == FileHash.sha256(of: whole))
    }

    @Test func `a disk that is full while pieces are hashed is an error`() throws {
        let run = try TemporaryDirectory()
        for failing in 1...3 {
            var sink = try FileSink(
                creating: run("file\(failing)"),
                fileSystem: FaultInjectingFileSystem(failingAt: failing, with: .full(ENOSPC)))
            #expect(throws: FileError.self) {
                for number in 0..<3 { try sink.write(sample(1 << 20, seed: number)) }
                _ = try sink.close()
            }
        }
    }
}
