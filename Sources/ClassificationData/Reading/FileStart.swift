/// Recognises what a file is by its first bytes, even if they arrive one by one.
///
/// A corpus is UTF-8 text. What people give instead has a name, and a way to make text of it.
struct FileStart {
    /// So many bytes decide, or a whole line if it is shorter.
    private static let needed = 16

    private var held: [UInt8]? = []
    private(set) var hadByteOrderMark = false
    private(set) var foreign: CorpusProblem?

    /// Passes the next bytes on, without a byte order mark at the start.
    mutating func pass(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard var start = held else { return body(piece) }
        start.append(contentsOf: piece)
        held = start
        if start.count >= Self.needed || start.count >= 4 && start.last == UInt8(ascii: "\n") { finish(body) }
    }

    /// Handles the end.
    mutating func finish(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard let start = held else { return }
        held = nil
        foreign = Self.foreign(start[...])
        if foreign != nil { return }
        hadByteOrderMark = start.starts(with: [0xEF, 0xBB, 0xBF])
        start.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[(hadByteOrderMark ? 3 : 0)...])) }
    }

    private static let table = "save its table as JSON lines or CSV"

    private static let known: [(start: [UInt8], kind: CorpusProblem)] = [
        // UTF-32 begins as UTF-16 does.
        ([0xFF, 0xFE, 0, 0], .foreignEncoding("UTF-32")), ([0, 0, 0xFE, 0xFF], .foreignEncoding("UTF-32")),
        ([0xFF, 0xFE], .foreignEncoding("UTF-16")), ([0xFE, 0xFF], .foreignEncoding("UTF-16")),
        ([0x28, 0xB5, 0x2F, 0xFD], .packed("Zstandard", command: "zstd -d")),
        (Array("BZh".utf8), .packed("bzip2", command: "bunzip2 -k")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .packed("xz", command: "unxz -k")),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .packed("7-Zip", command: "7z x")),
        (
            Array("PAR1".utf8),
            .document(
                "an Apache Parquet file",
                remedy: "save it as JSON lines, such as with pandas: "
                    + "pandas.read_parquet(FILE).to_json(NEW, orient=\"records\", lines=True)")
        ),
        (Array("ARROW1".utf8), .document("an Apache Arrow file", remedy: table)),
        ([0xFF, 0xFF, 0xFF, 0xFF], .document("an Apache Arrow stream", remedy: table)),
        (
            [0xD0, 0xCF, 0x11, 0xE0],
            .document("an Excel workbook (.xls)", remedy: "save the sheet as CSV UTF-8")
        ),
        (Array("SQLite format 3".utf8), .document("an SQLite database", remedy: table)),
        (Array("%PDF".utf8), .document("a PDF", remedy: table)),
        (
            Array("version https://".utf8),
            .document(
                "a Git LFS pointer instead of the file it stands for",
                remedy: "run git lfs pull in its repository")
        ),
    ]

    private static func foreign(_ start: ArraySlice<UInt8>) -> CorpusProblem? {
        if let match = known.first(where: { start.starts(with: $0.start) }) { return match.kind }
        if start.starts(with: [0x50, 0x4B, 3, 4]) {
            return .document(
                "a ZIP archive, as .xlsx and .zip are",
                remedy: "save the sheet of a workbook as CSV UTF-8, or unpack the archive")
        }
        // Pickles of protocol 2 and later: their version, then a frame, a dictionary, a list or a class.
        if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) {
            return .document("a Python pickle", remedy: table)
        }
        let text = String(decoding: start, as: UTF8.self).lowercased()
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
            return .document("an HTML page", remedy: "download the file itself (its raw or resolve link)")
        }
        return unmarkedUTF16(start) ? .foreignEncoding("UTF-16") : nil
    }

    /// Whether every other byte is zero, as in UTF-16 of Latin letters without a mark.
    private static func unmarkedUTF16(_ start: ArraySlice<UInt8>) -> Bool {
        guard start.count >= 4 else { return false }
        let bytes = Array(start.prefix(start.count & ~1))
        let even = stride(from: 0, to: bytes.count, by: 2).map { bytes[$0] == 0 }
        let odd = stride(from: 1, to: bytes.count, by: 2).map { bytes[$0] == 0 }
        return even.allSatisfy { $0 } && !odd.contains(true) || odd.allSatisfy { $0 } && !even.contains(true)
    }
}
