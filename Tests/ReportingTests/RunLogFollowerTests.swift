import JSONCore
import Platform
import Reporting
import TestSupport
import Testing

/// A log as it grows, is torn, is cut back and is replaced.
@Suite struct RunLogFollowerTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func line(_ step: Int, loss: Double = 1) -> String {
        var object: JSONObject = ["schema_version": 1, "type": "step"]
        object["step"] = JSONValue(step)
        object["loss"] = JSONValue(loss)
        let bytes = Array(JSONValue.object(object).encoded().utf8)
        let digits = String(bytes.withUnsafeBytes { CRC32.checksum($0) }, radix: 16)
        object["check"] = .string(String(repeating: "0", count: 8 - digits.count) + digits)
        return JSONValue.object(object).encoded() + "\n"
    }

    private func write(_ lines: String...) throws {
        try directory.write(lines.joined(), to: "metrics.jsonl")
    }

    private func steps(_ follower: inout RunLogFollower) throws -> [Int] {
        _ = try follower.poll()
        return follower.log.steps.map(\.step)
    }

    @Test func `what is not there yet is an empty log`() throws {
        var follower = RunLogFollower(directory: directory.path)
        #expect(try follower.poll() == false)
        try write(line(1))
        #expect(try steps(&follower) == [1])
        #expect(try follower.poll() == false)
    }

    @Test func `a torn line counts once it is whole`() throws {
        var follower = RunLogFollower(directory: directory.path)
        let whole = line(2)
        for length in [0, 1, whole.utf8.count / 2, whole.utf8.count - 1] {
            try write(line(1), String(whole.prefix(length)))
            #expect(try steps(&follower) == [1])
        }
        try write(line(1), whole)
        #expect(try steps(&follower) == [1, 2])
        #expect(!follower.isDamaged)
    }

    @Test func `a log that was cut back and written on is read anew`() throws {
        var follower = RunLogFollower(directory: directory.path)
        try write(line(1), line(2), line(3))
        #expect(try steps(&follower) == [1, 2, 3])
        try write(line(1))
        #expect(try steps(&follower) == [1])
        // As long as the old file or longer, with other content.
        try write(line(1), line(2, loss: 2), line(3, loss: 2), line(4))
        #expect(try steps(&follower) == [1, 2, 3, 4])
        try write(line(5), line(6), line(7), line(8), line(9))
        #expect(try steps(&follower) == [5, 6, 7, 8, 9])
    }

    @Test func `reading ends at a line that is complete and changed`() throws {
        var follower = RunLogFollower(directory: directory.path)
        let changed = String(line(2).map { $0 == "1" ? "7" : $0 })
        try write(line(1), changed, line(3))
        #expect(try steps(&follower) == [1])
        #expect(follower.isDamaged)
    }

    @Test func `bytes that are no log trap nothing`() throws {
        var random = SeededRandom(seed: 6)
        for _ in 0..<200 {
            var bytes = Array((line(1) + line(2) + line(3)).utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try directory.write(bytes, to: "metrics.jsonl")
            var follower = RunLogFollower(directory: directory.path)
            _ = try follower.poll()
            #expect(follower.log.steps.count < 3)
        }
    }
}
