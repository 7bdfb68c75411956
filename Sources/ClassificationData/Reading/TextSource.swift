import Platform

/// Texts without labels, read in groups: from memory, a file or standard input.
public enum TextSource: Sendable {
    /// Texts in memory.
    case texts([String])
    /// The file at a path; `-` is standard input.
    case file(String, options: DatasetOptions)

    /// The number of texts in a group.
    private static let chunkSize = 256

    /// Passes the texts on in order, a group at a time.
    ///
    /// JSON lines are read piece by piece, so that memory does not grow with the file and a pipe gets its answers at
    /// once. All lines of a file are checked before the first text is passed on.
    ///
    /// - Parameter body: receives some texts, and the number of all texts; nil if that is not known.
    /// - Throws: `DatasetError`, and what `body` throws.
    public func forEachChunk(_ body: ([String], _ total: Int?) throws -> Void) throws {
        switch self {
        case .texts(let texts): try body(texts, texts.count)
        case .file(let path, let options):
            guard options.format(of: path) == .jsonl else {
                let texts = try UnlabelledText.load(path: path, options: options).map(\.text)
                return try Self.slices(of: texts).forEach { try body($0, texts.count) }
            }
            let total =
                path != "-" && Self.isRepeatable(path)
                ? try LineReader(path: path, options: options).check() : nil
            try LineReader(path: path, options: options).forEachChunk {
                try Self.slices(of: $0).forEach { try body($0, total) }
            }
        }
    }

    private static func slices(of texts: [String]) -> [[String]] {
        stride(from: 0, to: texts.count, by: chunkSize).map {
            Array(texts[$0..<min($0 + chunkSize, texts.count)])
        }
    }

    /// Whether a path can be read twice, unlike a pipe.
    private static func isRepeatable(_ path: String) -> Bool {
        (try? FileStatus.of(path, followingLinks: true))?.kind == .file
    }
}

/// Reads a file of JSON lines, a group at a time.
private struct LineReader {
    private let name: String
    private let options: DatasetOptions
    private let source: ByteSource

    /// Opens a file; `-` is standard input.
    init(path: String, options: DatasetOptions) throws(DatasetError) {
        var options = options
        options.format = .jsonl
        let input = try CorpusInput(path: path, options: options)
        self.options = options
        name = input.name
        source = input.source
    }

    /// Passes the texts on as their lines arrive.
    ///
    /// - Throws: `DatasetError` naming the bad lines of the first group that has any; earlier groups were passed on.
    func forEachChunk(_ body: ([String]) throws -> Void) throws {
        try forEachStretch { stretch in
            let (texts, bad) = try parse(stretch)
            try check(bad)
            if !texts.isEmpty { try body(texts) }
        }
    }

    /// Reads everything and reports all bad lines.
    ///
    /// - Returns: the number of texts.
    /// - Throws: `DatasetError` naming the first twenty.
    func check() throws -> Int {
        var (allBad, texts) = (BadLineList(), 0)
        try forEachStretch { stretch in
            let (good, bad) = try parse(stretch)
            texts += good.count
            allBad = allBad.merged(with: bad)
        }
        try check(allBad)
        return texts
    }

    /// Complete lines, and the number of lines before them.
    private struct Stretch {
        let bytes: [UInt8]
        let linesBefore: Int
    }

    private func forEachStretch(_ body: (Stretch) throws -> Void) throws {
        var (held, line): ([UInt8], Int) = ([], 0)
        while let piece = try nextPiece() {
            guard let end = piece.lastIndex(of: UInt8(ascii: "\n")) else {
                held += piece
                guard held.count <= options.maximumLineBytes else { break }
                continue
            }
            held += piece[...end]
            try body(Stretch(bytes: held, linesBefore: line))
            line += held.count { $0 == UInt8(ascii: "\n") }
            held = Array(piece[(end + 1)...])
        }
        if !held.isEmpty { try body(Stretch(bytes: held, linesBefore: line)) }
    }

    private func nextPiece() throws(DatasetError) -> [UInt8]? {
        var piece: [UInt8] = []
        do throws(SystemFailure) {
            return try source.next { piece = Array($0) } ? piece : nil
        } catch {
            throw .unreadable(source: name, operation: error.operation, code: error.code)
        }
    }

    private func parse(_ stretch: Stretch) throws(DatasetError) -> (texts: [String], bad: BadLineList) {
        do throws(DatasetError) {
            let texts = try UnlabelledText.load(bytes: stretch.bytes, name: name, options: options)
            return (texts.map(\.text), BadLineList())
        } catch {
            guard case .badLines(_, let lines, let count) = error else { throw error }
            let moved = lines.map {
                DatasetError.BadLine(line: $0.line + stretch.linesBefore, problem: $0.problem)
            }
            return ([], BadLineList(first: moved, count: count))
        }
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
        let rows = try input.rows(options: options, labelled: false).rows
        guard rows.badLines.count == 0 else {
            throw .badLines(source: input.name, lines: rows.badLines.first, count: rows.badLines.count)
        }
        return rows.rows.map { UnlabelledText(text: $0.text, line: $0.line) }
    }
}
