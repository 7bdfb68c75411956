import HuggingFaceHub
import Platform
import TestSupport
import Testing

@Suite struct UploadContentTests {
    private let run: TemporaryDirectory
    private let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 5) }

    init() throws { run = try TemporaryDirectory() }

    private func content() throws -> UploadContent {
        try run.write(bytes, to: "file")
        let status = try FileStatus.of(run("file"), followingLinks: true)
        return UploadContent([
            .bytes([1, 2, 3]), .file(path: run("file"), range: 100..<900, status: status), .bytes([]),
            .file(path: run("file"), range: 0..<10, status: status), .bytes([4, 5]),
        ])
    }

    @Test func `parts are one content, wherever it is read`() throws {
        let content = try content()
        let whole = [1, 2, 3] + bytes[100..<900] + bytes[..<10] + [4, 5]
        #expect(content.byteCount == whole.count)
        #expect(try content.bytes() == whole)
        for start in [0, 1, 2, 3, 4, 500, 802, 803, 804, 812, 813, 814, 815] {
            #expect(try content.bytes(from: start) == Array(whole[start...]))
            #expect(try content.bytes(from: start, count: 12) == Array(whole[start...].prefix(12)))
        }
    }

    @Test func `a file that was changed or cut short since it was hashed is not sent`() throws {
        let content = try content()
        try run.write(bytes.reversed() + [0], to: "file")
        #expect(throws: FileError(FileProblem.changedWhileReading, path: run("file"))) {
            try content.bytes()
        }
        let unwatched = UploadContent([.file(path: run("file"), range: 0..<2000, status: nil)])
        #expect(throws: FileError(FileProblem.changedWhileReading, path: run("file"))) {
            try unwatched.bytes()
        }
    }
}
