import JSONCore
import Platform

/// Reads one JSON object per line, or an array of objects, which the first byte tells. Where no labels are wanted, lines
/// may also be texts.
///
/// Lines end with LF or CRLF, which the last line may lack. Blank lines are skipped, and other keys are ignored. A
/// line or an object of an array is held in memory only up to `maximumLineBytes`.
struct JSONLinesParser: RowParser {
    private let options: DatasetOptions
    private let labelled: Bool
    /// Whether the file's name says that it is JSON.
    private let isNamedJSON: Bool
    /// The start of an incomplete line.
    private var partial: [UInt8] = []
    private var isTooLong = false
    private var line = 1
    private var array: JSONArraySplitter?
    private var hasStarted = false
    /// Whether every line is a text.
    private var isText: Bool
    /// Whether the first row had a list of labels, if the options do not decide it.
    private var hasLists: Bool?

    init(options: DatasetOptions, labelled: Bool, name: String) {
        self.options = options
        self.labelled = labelled
        isText = !labelled && options.format(of: name) == .text
        isNamedJSON = options.format == .jsonl || DatasetOptions.format(named: name) == .jsonl
        hasLists = options.multiLabel ?? (options.labelSeparator == nil ? nil : true)
    }

    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        if array != nil { return feedArray(piece[...], into: &rows) }
        var rest = piece[...]
        if !hasStarted, partial.isEmpty, !isTooLong {
            let start = rest.firstIndex { !Self.isBlank($0) } ?? rest.endIndex
            for byte in rest[..<start] where byte == UInt8(ascii: "\n") { line += 1 }
            if !isText, rest[start...].first == UInt8(ascii: "["), mayBeArray(rest[start...]) {
                array = JSONArraySplitter(limit: options.maximumLineBytes, line: line)
                return feedArray(rest[start...], into: &rows)
            }
            // Blanks at the start of a line are part of it if it is a text.
            let isLine = !labelled && start < rest.endIndex
            let before = rest[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.startIndex
            rest = rest[(isLine ? before : start)...]
        }
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            endLine(with: rest[..<end], into: &rows)
            rest = rest[(end + 1)...]
            if rows.fatal != nil { return }
        }
        hold(rest)
    }

    mutating func finish(into rows: inout RowCollector) {
        if var splitter = array {
            if let problem = splitter.finish() { rows.reject(line: problem.line, problem.problem) }
            return
        }
        endLine(with: UnsafeRawBufferPointer(start: nil, count: 0)[...], into: &rows)
    }

    /// Whether a bracket begins an array; lines of text may begin with one, too.
    private func mayBeArray(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard !labelled, !isNamedJSON, let next = bytes.dropFirst().first(where: { !Self.isBlank($0) }) else {
            return true
        }
        return next == UInt8(ascii: "{") || next == UInt8(ascii: "]")
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }

    private mutating func feedArray(_ bytes: Slice<UnsafeRawBufferPointer>, into rows: inout RowCollector) {
        guard var splitter = array else { return }
        // The splitter is this function's alone meanwhile, so that its buffer is not copied.
        array = nil
        for byte in bytes {
            guard let element = splitter.take(byte) else { continue }
            line = element.line
            if let problem = element.problem {
                rows.reject(line: line, problem)
            } else {
                splitter.bytes.withUnsafeBytes { add($0, into: &rows) }
            }
            splitter.reuse()
        }
        array = splitter
    }

    private mutating func hold(_ bytes: Slice<UnsafeRawBufferPointer>) {
        guard !isTooLong, partial.count + bytes.count <= options.maximumLineBytes else {
            isTooLong = true
            partial = []
            return
        }
        partial.append(contentsOf: bytes)
    }

    private mutating func endLine(with bytes: Slice<UnsafeRawBufferPointer>, into rows: inout RowCollector) {
        if partial.isEmpty, !isTooLong, bytes.count <= options.maximumLineBytes {
            parse(UnsafeRawBufferPointer(rebasing: bytes), into: &rows)
        } else {
            hold(bytes)
            if isTooLong {
                hasStarted = true
                rows.reject(line: line, .tooLong(limit: options.maximumLineBytes))
            } else {
                let whole = partial
                whole.withUnsafeBytes { parse($0, into: &rows) }
            }
        }
        partial.removeAll(keepingCapacity: partial.capacity <= 1 << 20)
        isTooLong = false
        line += 1
    }

    private mutating func parse(_ bytes: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        guard bytes.contains(where: { !Self.isBlank($0) }) else { return }
        if !hasStarted, !isText {
            if let problem = firstLineProblem(bytes) {
                guard !labelled, case .notJSON(_, .plainText) = problem else { return rows.stop(problem) }
                isText = true
            }
        }
        hasStarted = true
        if isText { addText(bytes, into: &rows) } else { add(bytes, into: &rows) }
    }

    private func addText(_ bytes: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes[...]
        guard !bytes.contains(0) else { return rows.reject(line: line, .nulByte) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return rows.reject(line: line, .invalidUTF8)
        }
        rows.add(RawRow(text: text, label: .none, group: nil, line: line))
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        do throws(LineRejection) {
            rows.add(try row(try object(bytes), into: &rows))
        } catch {
            rows.reject(line: line, error.problem)
        }
    }

    /// Why the file is no JSON lines at all, if its first line shows it.
    private func firstLineProblem(_ bytes: UnsafeRawBufferPointer) -> CorpusProblem? {
        let text = bytes.drop(while: Self.isBlank)
        if text.first == UInt8(ascii: "{") {
            let last = bytes.last { !Self.isBlank($0) }
            let goesOn = [UInt8(ascii: "{"), UInt8(ascii: ","), UInt8(ascii: "[")].contains(last)
            return goesOn ? .objectSpansLines(line: line) : nil
        }
        // What is damaged inside is reported line by line.
        guard String(validating: text, as: UTF8.self) != nil, !text.contains(0) else { return nil }
        if let table = TableHeader.seeming(bytes, options: options, labelled: labelled) {
            return .notJSON(line: line, seeming: table)
        }
        return isNamedJSON ? nil : .notJSON(line: line, seeming: .plainText)
    }

    private func object(_ bytes: UnsafeRawBufferPointer) throws(LineRejection) -> JSONObject {
        let limits = JSONLimits(bytes: options.maximumLineBytes, values: 1_000_000)
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes, limits: limits)
        } catch {
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw LineRejection(.byteOrderMark) }
            if bytes.contains(0) { throw LineRejection(.nulByte) }
            if case .invalidUTF8 = error.rule { throw LineRejection(.invalidUTF8) }
            throw LineRejection(.json(error))
        }
        guard let object = value.object else { throw LineRejection(.notAnObject(found: value.kind)) }
        return object
    }

    private mutating func row(_ object: JSONObject, into rows: inout RowCollector) throws(LineRejection)
        -> RawRow
    {
        RawRow(
            text: try text(object), label: labelled ? try label(object, into: &rows) : .none,
            group: try group(object), line: line,
            columns: options.keepsColumns ? columns(besideText: object) : nil)
    }

    private func columns(besideText object: JSONObject) -> JSONObject {
        let texts = options.textColumns ?? options.inputNames
        return JSONObject(
            object.filter { member in !texts.contains { utf8Equal($0, member.key) } }
                .map { ($0.key, $0.value) })
    }

    private func text(_ object: JSONObject) throws(LineRejection) -> String {
        if let names = options.textColumns {
            var parts: [String] = []
            for name in names {
                switch object[name] {
                case .string(let text): parts.append(text)
                case .null: break
                case nil: throw LineRejection(.missingInput(accepted: [name]))
                case let value?: throw LineRejection(.inputNotText(found: value.kind))
                }
            }
            return RawRow.joined(parts)
        }
        let inputs = options.inputNames.filter { object[$0] != nil }
        guard let input = inputs.first, let value = object[input] else {
            throw LineRejection(.missingInput(accepted: options.inputNames))
        }
        guard inputs.count == 1 else { throw LineRejection(.ambiguousInput(inputs)) }
        guard let text = value.string else { throw LineRejection(.inputNotText(found: value.kind)) }
        return text
    }

    private mutating func label(
        _ object: JSONObject, into rows: inout RowCollector
    ) throws(LineRejection) -> RawRow.Label {
        let names = options.labelNames.filter { object[$0] != nil }
        guard let name = names.first, let value = object[name] else {
            throw LineRejection(.missingLabel(accepted: options.labelNames))
        }
        guard names.count == 1 else { throw LineRejection(.ambiguousLabel(names)) }
        if let elements = value.array {
            guard hasLists != false else { throw LineRejection(.listForSingleLabel) }
            var tags: [RawRow.Tag] = []
            for element in elements { tags.append(try tag(element, into: &rows)) }
            hasLists = true
            return .list(tags)
        }
        let mayBeSingle = options.multiLabel == true || options.labelSeparator != nil
        guard hasLists != true || mayBeSingle else { throw LineRejection(.singleForMultiLabel) }
        // A string in place of a list may hold several labels, as a field of a table may.
        if mayBeSingle, let text = value.string { return .field(rows.intern(text)) }
        let tag = try tag(value, into: &rows)
        if hasLists == nil { hasLists = false }
        return hasLists == true ? .list([tag]) : .one(tag)
    }

    private func tag(_ value: JSONValue, into rows: inout RowCollector) throws(LineRejection) -> RawRow.Tag {
        switch value {
        case .string(let name):
            guard !name.isEmpty else { throw LineRejection(.emptyLabel) }
            return .name(rows.intern(name))
        case .number(let number):
            guard let index = number.wideInt, index >= 0 else {
                throw LineRejection(.labelNotUsable(found: String(number.literal.prefix(40))))
            }
            return .number(index)
        case .bool(let flag): return .name(rows.intern(flag ? "true" : "false"))
        default: throw LineRejection(.labelNotUsable(found: value.kind))
        }
    }

    private func group(_ object: JSONObject) throws(LineRejection) -> String? {
        switch object[options.groupColumn] {
        case nil, .null: return nil
        case .string(let name): return name
        case .number(let number) where number.isInteger: return number.literal
        case let value?: throw LineRejection(.groupNotText(found: value.kind))
        }
    }
}

/// The error type for problems of one line.
struct LineRejection: Error {
    let problem: LineProblem

    init(_ problem: LineProblem) { self.problem = problem }
}
