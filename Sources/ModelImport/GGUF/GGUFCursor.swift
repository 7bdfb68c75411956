/// Reads little-endian values from a file's bytes, checking every length before it is used.
struct GGUFCursor {
    let bytes: UnsafeRawBufferPointer
    let limits: GGUFLimits
    /// The offset of the next byte; never beyond `end`.
    private(set) var offset = 0
    /// The offset at which reading must stop.
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer, limits: GGUFLimits) {
        self.bytes = bytes
        self.limits = limits
        end = min(bytes.count, limits.headerByteCount)
    }

    /// The number of bytes that may still be read.
    var remaining: Int { end - offset }

    /// Fails unless `count` items of at least `size` bytes fit in the rest of the file.
    func require(_ count: UInt64, of size: Int = 1, for what: String) throws(GGUFError) {
        let (needed, overflow) = count.multipliedReportingOverflow(by: UInt64(size))
        guard !overflow, needed <= UInt64(remaining) else {
            if end < bytes.count {
                throw error(
                    .tooLarge(
                        what: "a header", value: overflow ? .max : UInt64(offset) &+ needed,
                        limit: UInt64(end)))
            }
            throw error(.truncated(what: what, needed: overflow ? .max : needed, available: remaining))
        }
    }

    mutating func integer<T: FixedWidthInteger>(_: T.Type, for what: String) throws(GGUFError) -> T {
        try require(UInt64(MemoryLayout<T>.size), for: what)
        let value = T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        offset += MemoryLayout<T>.size
        return value
    }

    /// A count or length, refused when above `limit`.
    mutating func count(limit: UInt64, for what: String) throws(GGUFError) -> UInt64 {
        let start = offset
        let value = try integer(UInt64.self, for: what)
        guard value <= limit else {
            throw GGUFError(.tooLarge(what: what, value: value, limit: limit), at: start)
        }
        return value
    }

    mutating func string(limit: UInt64, for what: String) throws(GGUFError) -> String {
        let length = try count(limit: limit, for: what)
        try require(length, for: what)
        let text = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error(.invalidUTF8(what: what))
        }
        offset += Int(length)
        return string
    }

    /// Skips bytes that `require` has found to be there.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        precondition(count <= remaining)
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    func error(_ rule: GGUFError.Rule) -> GGUFError { GGUFError(rule, at: offset) }
}
