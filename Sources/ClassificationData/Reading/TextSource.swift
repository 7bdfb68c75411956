package import JSONCore
import Platform

/// Texts without labels, read in groups: from memory, a file or standard input.
public enum TextSource: Sendable {
    /// Texts in memory.
    case texts([String])
    /// The file at a path; `-` is standard input.
    case file(String, options: DatasetOptions)

    /// The number of texts in a group.
    private static let chunkSize = 256

    /// Passes the texts on in order, as `forEachGroup` does.
    public func forEachChunk(
        warn: (DataWarning) -> Void = { _ in }, _ body: ([String], _ total: Int?) throws -> Void
    ) throws {
        try forEachGroup(warn: warn) { texts, total in try body(texts.map(\.text), total) }
    }

    /// Passes the texts on in order, a group at a time.
    ///
    /// Files are read piece by piece, so that memory does not grow with the file and a pipe gets its answers at once.
    /// All lines of a file are checked before the first text is passed on.
    ///
    /// - Parameters:
    ///   - warn: receives what the owner of a file should know.
    ///   - body: receives some texts, and the number of all texts; nil if that is not known.
    /// - Throws: `DatasetError`, and what `body` throws.
    public func forEachGroup(
        warn: (DataWarning) -> Void = { _ in }, _ body: ([UnlabelledText], _ total: Int?) throws -> Void
    ) throws {
        switch self {
        case .texts(let texts):
            try body(texts.enumerated().map { UnlabelledText(text: $1, line: $0 + 1) }, texts.count)
        case .file(let path, let options):
            var total: Int?
            let isRepeatable = path != "-" && Self.isRepeatable(path)
            if isRepeatable {
                var reader = TextReader(try CorpusInput(path: path, options: options), options: options)
                total = try reader.check()
                reader.warnings.forEach(warn)
            }
            var reader = TextReader(try CorpusInput(path: path, options: options), options: options)
            try reader.forEachPiece { texts in
                try Self.slices(of: texts).forEach { try body($0, total) }
            }
            if !isRepeatable { reader.warnings.forEach(warn) }
        }
    }

    private static func slices(of texts: [UnlabelledText]) -> [[UnlabelledText]] {
        stride(from: 0, to: texts.count, by: chunkSize).map {
            Array(texts[$0..<min($0 + chunkSize, texts.count)])
        }
    }

    /// Whether a path can be read twice, unlike a pipe.
    private static func isRepeatable(_ path: String) -> Bool {
        (try? FileStatus.of(path, followingLinks: true))?.kind == .file
    }
}

/// Reads the texts of a file, a piece at a time.
private struct TextReader {
    private let name: String
    private var reader: CorpusReader

    init(_ input: CorpusInput, options: DatasetOptions) {
        name = input.name
        reader = CorpusReader(input, options: options, labelled: false)
    }

    /// What the owner should know of what was read.
    var warnings: [DataWarning] { reader.rows.warnings }

    /// Passes the texts on as they arrive.
    ///
    /// - Throws: `DatasetError` naming the bad lines of the first piece that has any; earlier pieces were passed on.
    mutating func forEachPiece(_ body: ([UnlabelledText]) throws -> Void) throws {
        var more = true
        while more {
            more = try reader.readPiece()
            try check(reader.takeBadLines())
            let texts = reader.takeRows().map(UnlabelledText.init)
            if !texts.isEmpty { try body(texts) }
        }
    }

    /// Reads everything and reports all bad lines.
    ///
    /// - Returns: the number of texts.
    /// - Throws: `DatasetError` naming the first twenty.
    mutating func check() throws -> Int {
        var (texts, more) = (0, true)
        while more {
            more = try reader.readPiece()
            texts += reader.takeRows().count
        }
        try check(reader.takeBadLines())
        return texts
    }

    private func check(_ bad: BadLineList) throws(DatasetError) {
        guard bad.count == 0 else { throw .badLines(source: name, lines: bad.first, count: bad.count) }
    }
}

/// One text without a label, for prediction.
public struct UnlabelledText: Sendable, Hashable {
    /// The text of the file.
    public let text: String
    /// The line of the file it starts on, from 1.
    public let line: Int
    /// The other members or columns of its row, if they were to be kept.
    package var columns: JSONObject?

    init(text: String, line: Int) {
        self.text = text
        self.line = line
    }

    fileprivate init(_ row: RawRow) {
        text = row.text
        line = row.line
        columns = row.columns
    }

    /// Reads the texts of a file, or of standard input for `-`; labels are ignored.
    ///
    /// - Throws: `DatasetError` as for a corpus; a file without rows gives an empty array.
    public static func load(
        path: String, options: DatasetOptions = DatasetOptions()
    ) throws(DatasetError) -> [UnlabelledText] {
        try load(CorpusInput(path: path, options: options), options: options)
    }

    /// Reads the texts of a file in memory.
    public static func load(
        bytes: [UInt8], name: String, options: DatasetOptions = DatasetOptions()
    ) throws(DatasetError) -> [UnlabelledText] {
        try load(CorpusInput(bytes: bytes, name: name, options: options), options: options)
    }

    private static func load(
        _ input: CorpusInput, options: DatasetOptions
    ) throws(DatasetError) -> [UnlabelledText] {
        let rows = try input.rows(options: options, labelled: false)
        guard rows.badLines.count == 0 else {
            throw .badLines(source: input.name, lines: rows.badLines.first, count: rows.badLines.count)
        }
        return rows.rows.map(UnlabelledText.init)
    }
}
