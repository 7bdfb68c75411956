import FileHashing
import HuggingFaceCache
import JSONCore
import Platform
import TestSupport
import Testing

@Suite struct FileHashTests {
    private let directory: TemporaryDirectory
    private let cache: FileHashCache
    init() throws {
        directory = try TemporaryDirectory()
        cache = FileHashCache(path: directory("cache/apr/file-hashes.json"))
    }

    /// SHA-256 of "abc", from FIPS 180-2.
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    /// Makes a file look as if it had been written long ago.
    private func age(_ path: String, seconds: Int = 100) {
        var times = [timespec(), timespec()]
        clock_gettime(CLOCK_REALTIME, &times[0])
        times[0].tv_sec -= time_t(seconds)
        times[1] = times[0]
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
    }

    @Test func `a file is hashed`() throws {
        #expect(try FileHash.sha256(path: try directory.write("abc", to: "f"), cache: nil) == abc)
        #expect(FileHash.sha256(of: Array("abc".utf8)) == abc)
    }

    @Test func `an empty file is hashed`() throws {
        #expect(
            try FileHash.sha256(path: try directory.write("", to: "f"), cache: nil)
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `a hash is remembered until the file changes`() throws {
        let path = try directory.write("abc", to: "f")
        age(path)
        #expect(try FileHash.sha256(path: path, cache: cache) == abc)
        // A false entry in the cache shows that it is used.
        let wrong = String(repeating: "0", count: 64)
        let text = String(decoding: try directory.read("cache/apr/file-hashes.json"), as: UTF8.self)
        try AtomicFile.write(Array(text.replacing(abc, with: wrong).utf8), to: cache.path)
        #expect(try FileHash.sha256(path: path, cache: cache) == wrong)
        age(path, seconds: 50)
        #expect(try FileHash.sha256(path: path, cache: cache) == abc)
        try AtomicFile.write(Array("abd".utf8), to: path)
        #expect(try FileHash.sha256(path: path, cache: cache) != abc)
    }

    @Test func `a file that has just changed is not remembered`() throws {
        let path = try directory.write("abc", to: "f")
        _ = try FileHash.sha256(path: path, cache: cache)
        #expect(try !directory.names().contains("cache"))
    }

    @Test(arguments: ["", "{", "[]", "{\"schema_version\":1,\"sha256\":3}", "{\"schema_version\":2}"])
    func `a damaged cache counts as empty`(content: String) throws {
        try directory.makeDirectory("cache")
        try directory.makeDirectory("cache/apr")
        try directory.write(content, to: "cache/apr/file-hashes.json")
        let path = try directory.write("abc", to: "f")
        age(path)
        #expect(try FileHash.sha256(path: path, cache: cache) == abc)
        #expect(try JSONParser.parse(directory.read("cache/apr/file-hashes.json"))["schema_version"] == 1)
    }

    @Test func `a cache that cannot be written is no error`() throws {
        let path = try directory.write("abc", to: "f")
        age(path)
        #expect(try FileHash.sha256(path: path, cache: FileHashCache(path: path + "/below/a/file")) == abc)
    }

    @Test func `the cache does not grow without end`() throws {
        for number in 0..<520 {
            let path = try directory.write("abc", to: "f\(number)")
            age(path)
            _ = try FileHash.sha256(path: path, cache: number == 0 || number > 515 ? cache : nil)
        }
        let entries = try JSONParser.parse(directory.read("cache/apr/file-hashes.json"))["sha256"]?.object
        #expect(entries?.count == 5)
    }

    @Test func `a blob of a HuggingFace cache has the hash that it is named by, or is refused`() throws {
        for name in [
            "models--x--y", "models--x--y/blobs", "models--x--y/snapshots", "models--x--y/snapshots/1",
        ] {
            try directory.makeDirectory(name)
        }
        // Git's name of a small file with the content "abc".
        for name in [abc, "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"] {
            let link = directory("models--x--y/snapshots/1/\(name.utf8.count)")
            #expect(symlink("../../blobs/\(name)", link) == 0)
            try directory.write("abc", to: "models--x--y/blobs/\(name)")
            #expect(try HuggingFaceBlob.sha256(path: link, cache: nil) == abc)
            #expect(try HuggingFaceBlob.sha256(reading: MappedFile(path: link), cache: nil) == abc)
            try directory.write("abd", to: "models--x--y/blobs/\(name)")
            let error = #expect(throws: FileError.self) {
                try HuggingFaceBlob.sha256(reading: MappedFile(path: link), cache: nil)
            }
            #expect("\(String(describing: error))".contains("not the one that it is named by"))
        }
        #expect(throws: FileError.self) {
            try HuggingFaceBlob.sha256(path: directory("models--x--y/snapshots/1/64"), cache: nil)
        }
    }

    @Test func `a file that changes while it is unwritten is found by reading it`() throws {
        let path = try directory.write("abc", to: "f")
        age(path)
        #expect(try FileHash.sha256(reading: MappedFile(path: path), cache: cache) == abc)
        // The cache is the memory of another content with the same size and times.
        let other = String(repeating: "0", count: 64)
        let text = String(decoding: try directory.read("cache/apr/file-hashes.json"), as: UTF8.self)
        try AtomicFile.write(Array(text.replacing(abc, with: other).utf8), to: cache.path)
        #expect(try FileHash.sha256(path: path, cache: cache) == other)
        let error = #expect(throws: FileError.self) {
            try FileHash.sha256(reading: MappedFile(path: path), cache: cache)
        }
        #expect("\(String(describing: error))".contains("nothing has written to it"))
    }

    @Test func `a content that is written with the old time of change is hashed anew`() throws {
        let path = try directory.write("abc", to: "f")
        age(path)
        let before = try #require(try FileStatus.of(path, followingLinks: true))
        #expect(try FileHash.sha256(path: path, cache: cache) == abc)
        // File systems advance their times in steps of some milliseconds.
        usleep(30_000)
        let file = try #require(fopen(path, "r+"))
        fputs("abd", file)
        fclose(file)
        let time = timespec(
            tv_sec: time_t(before.modified / 1_000_000_000), tv_nsec: Int(before.modified % 1_000_000_000))
        #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        let after = try #require(try FileStatus.of(path, followingLinks: true))
        #expect(after.modified == before.modified && after.byteCount == before.byteCount)
        #expect(try FileHash.sha256(path: path, cache: cache) != abc)
    }

    @Test func `a file elsewhere with such a name is hashed`() throws {
        let path = try directory.write("abc", to: String(repeating: "5", count: 64))
        #expect(try HuggingFaceBlob.sha256(path: path, cache: nil) == abc)
    }

    @Test func `progress reaches the size`() throws {
        let path = try directory.write([UInt8](repeating: 1, count: 9_000_000), to: "f")
        final class Box { var values: [Int] = [] }
        let box = Box()
        _ = try FileHash.sha256(path: path, cache: nil) { box.values.append($0) }
        #expect(box.values.count > 1 && box.values == box.values.sorted())
        #expect(box.values.last == 9_000_000)
    }

    @Test func `a missing file is an error`() {
        let error = #expect(throws: FileError.self) { try FileHash.sha256(path: directory("none")) }
        #expect(error?.isNotFound == true)
    }
}
