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

    @Test(arguments: [1000, 3 << 20])
    func `an open file is sent as it was, even when another has its name by now`(byteCount: Int) throws {
        let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 5) }
        try run.write(bytes, to: "file")
        let content = UploadContent([
            .opened(try MappedFile(path: run("file")), range: 10..<byteCount - 10), .bytes([1]),
        ])
        try run.write([0], to: "other")
        try DiskFileSystem().rename(run("other"), to: run("file"))
        #expect(try content.bytes() == bytes[10..<byteCount - 10] + [1])
        try DiskFileSystem().removeFile(run("file"))
        #expect(try content.bytes(from: 5, count: 7) == Array(bytes[15..<22]))
    }

    @Test func `an open file that was written to is not sent`() throws {
        try run.write(bytes, to: "file")
        let content = UploadContent([.opened(try MappedFile(path: run("file")), range: 0..<1000)])
        let file = try DiskFileSystem().openForAppending(run("file"))
        try [UInt8(1)].withUnsafeBytes { try DiskFileSystem().writeAll($0, to: file) }
        try DiskFileSystem().close(file)
        #expect(throws: FileError(FileProblem.changedWhileReading, path: run("file"))) { try content.bytes() }
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
