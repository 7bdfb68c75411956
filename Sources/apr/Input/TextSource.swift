import FineTuning
import Platform

/// Texts without labels: from the command line, a file, or standard input.
enum TextSource {
    case texts([String])
    case file(String, options: DatasetOptions)

    /// The source that the arguments name.
    ///
    /// - Throws: `CommandError` unless they name exactly one.
    init(texts: [String], data: String?, standardInput: String?, columns: ColumnOptions) throws {
        if let standardInput, standardInput != "-" {
            throw CommandError.usage(
                "unexpected argument \"\(standardInput)\"; give a file with --data, or a text with --text")
        }
        let data = data.map { [$0] } ?? []
        let files = data + (standardInput == nil ? [] : ["-"])
        switch (texts.isEmpty, files.count) {
        case (false, 0): self = .texts(texts)
        case (true, 1):
            self = .file(
                files[0],
                options: DatasetOptions(inputColumn: columns.inputColumn, labelColumn: columns.labelColumn))
        case (true, 0):
            throw CommandError.usage(
                "no text; give it with --text TEXT, --data FILE, or - for standard input")
        default: throw CommandError.usage("give one of --text, --data and -, not several")
        }
    }

    /// Passes the texts on in their order, some at a time.
    ///
    /// JSON lines are read piece by piece, so that memory does not grow with the file and answers to a pipe come at
    /// once; every line of a file is checked before the first is passed on.
    ///
    /// - Parameter body: receives some texts, and how many there are in all; nil where that is not known.
    /// - Throws: what reading throws, and what `body` does.
    func forEachChunk(_ body: ([String], _ total: Int?) throws -> Void) throws {
        switch self {
        case .texts(let texts): try body(texts, texts.count)
        case .file(let path, let options):
            guard Self.isJSONLines(path) else {
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

    /// How many texts are passed on together.
    private static let chunkSize = 256

    private static func slices(of texts: [String]) -> [[String]] {
        stride(from: 0, to: texts.count, by: chunkSize).map {
            Array(texts[$0..<min($0 + chunkSize, texts.count)])
        }
    }

    /// Whether a path can be read twice, unlike a pipe.
    private static func isRepeatable(_ path: String) -> Bool {
        (try? FileStatus.of(path, followingLinks: true))?.kind == .file
    }

    private static func isJSONLines(_ path: String) -> Bool {
        let name = path.lowercased()
        return !name.hasSuffix(".csv") && !name.hasSuffix(".tsv") && !name.hasSuffix(".tab")
    }
}
