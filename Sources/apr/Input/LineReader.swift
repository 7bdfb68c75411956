import FineTuning

/// Reads a file of JSON lines, some lines at a time.
struct LineReader {
    let path: String
    let options: DatasetOptions
    private let stream: ByteStream

    /// Opens a file; `-` is standard input.
    init(path: String, options: DatasetOptions) throws {
        self.path = path
        var options = options
        options.format = .jsonl
        self.options = options
        stream = try ByteStream(path: path)
    }

    private var name: String { path == "-" ? "standard input" : path }

    /// Passes the texts on as their lines arrive.
    ///
    /// - Throws: `CommandError` naming the bad lines of the first stretch that has any; texts before it were passed on.
    func forEachChunk(_ body: ([String]) throws -> Void) throws {
        try forEachStretch { stretch in
            let (texts, bad, count) = try parse(stretch)
            guard count == 0 else { throw failure(bad, count: count) }
            if !texts.isEmpty { try body(texts) }
        }
    }

    /// Reads everything and reports all bad lines.
    ///
    /// - Returns: the number of texts.
    /// - Throws: `CommandError` naming the first twenty.
    func check() throws -> Int {
        var (lines, total, texts): ([String], Int, Int) = ([], 0, 0)
        try forEachStretch { stretch in
            let (good, bad, count) = try parse(stretch)
            texts += good.count
            lines += bad.prefix(DatasetError.shownLimit - lines.count)
            total += count
        }
        guard total == 0 else { throw failure(lines, count: total) }
        return texts
    }

    /// Whole lines, and how many stand before them.
    private struct Stretch {
        let bytes: [UInt8]
        let linesBefore: Int
    }

    private func forEachStretch(_ body: (Stretch) throws -> Void) throws {
        var (held, line): ([UInt8], Int) = ([], 0)
        while let piece = try stream.next() {
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

    private func parse(_ stretch: Stretch) throws -> (texts: [String], bad: [String], badCount: Int) {
        let texts: [UnlabelledText]
        do throws(DatasetError) {
            texts = try UnlabelledText.load(bytes: stretch.bytes, name: name, options: options)
        } catch {
            guard case .badLines(_, let lines, let count) = error else { throw error }
            return ([], lines.map { "\(name):\($0.line + stretch.linesBefore): \($0.problem)" }, count)
        }
        return (texts.map(\.text), [], 0)
    }

    private func failure(_ lines: [String], count: Int) -> CommandError {
        let rest = count > lines.count ? ["\(name): and \(count - lines.count) more bad lines"] : []
        return CommandError(.badData, (lines + rest).joined(separator: "\n"))
    }
}
