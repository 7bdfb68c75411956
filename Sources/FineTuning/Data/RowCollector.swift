import Platform

/// A row as it stood in the file, before its label is given an index.
struct RawRow {
    /// One label, by number or by the place of its spelling in `RowCollector.spellings`.
    enum Tag {
        case number(Int)
        case name(Int)
    }

    /// The label in the form the file has it.
    enum Label {
        /// Not asked for.
        case none
        case one(Tag)
        case list([Tag])
        /// A CSV field, which has no type; its spelling's place.
        case field(Int)
    }

    var text: String
    var label: Label
    var group: String?
    var line: Int
}

/// What a parser has found so far: rows, and what was wrong with others.
struct RowCollector {
    private(set) var rows: [RawRow] = []
    private(set) var badLines = BadLineList()
    /// A reason to stop reading.
    private(set) var fatal: CorpusProblem?
    /// The header of the label column, in CSV and TSV.
    var labelColumn: String?
    /// The different spellings of labels.
    private(set) var spellings: [String] = []
    private var spellingIDs: [UTF8Key: Int] = [:]

    mutating func add(_ row: RawRow) { rows.append(row) }

    mutating func reject(line: Int, _ problem: LineProblem) { badLines.add(line: line, problem) }

    mutating func stop(_ problem: CorpusProblem) { fatal = fatal ?? problem }

    /// The place of a spelling, the same for the same bytes.
    mutating func intern(_ spelling: String) -> Int {
        if let id = spellingIDs[UTF8Key(spelling)] { return id }
        spellingIDs[UTF8Key(spelling)] = spellings.count
        spellings.append(spelling)
        return spellings.count - 1
    }
}

/// The first bad lines and the number of all.
struct BadLineList {
    private(set) var first: [DatasetError.BadLine] = []
    private(set) var count = 0

    mutating func add(line: Int, _ problem: LineProblem) {
        count += 1
        if first.count < DatasetError.shownLimit { first.append(.init(line: line, problem: problem)) }
    }

    /// The bad lines of both lists, by line.
    func merged(with other: BadLineList) -> BadLineList {
        var merged = BadLineList()
        merged.first = Array(
            (first + other.first).sorted { $0.line < $1.line }.prefix(DatasetError.shownLimit))
        merged.count = count + other.count
        return merged
    }
}
