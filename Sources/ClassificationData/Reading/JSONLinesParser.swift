import JSONCore

/// Reads one JSON object per line.
///
/// Lines end with LF or CRLF, which the last line may lack. Blank lines are skipped, and other keys are ignored. A
/// line is held in memory only up to `maximumLineBytes`.
struct JSONLinesParser: RowParser {
    private let options: DatasetOptions
    private let labelled: Bool
    /// The start of an incomplete line.
    private var partial: [UInt8] = []
    private var isTooLong = false
    private var line = 1
    /// Whether the first row had a list of labels, if the options do not decide it.
    private var hasLists: Bool?

    init(options: DatasetOptions, labelled: Bool) {
        self.options = options
        self.labelled = labelled
        hasLists = options.multiLabel
    }

    mutating func feed(_ piece: UnsafeRawBufferPointer, into rows: inout RowCollector) {
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            endLine(with: rest[..<end], into: &rows)
            rest = rest[(end + 1)...]
        }
        hold(rest)
    }

    mutating func finish(into rows: inout RowCollector) {
        endLine(with: UnsafeRawBufferPointer(start: nil, count: 0)[...], into: &rows)
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
        guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
        do throws(LineRejection) {
            rows.add(try row(try object(bytes), into: &rows))
        } catch {
            rows.reject(line: line, error.problem)
        }
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
        let inputs = options.inputNames.filter { object[$0] != nil }
        guard let input = inputs.first, let value = object[input] else {
            throw LineRejection(.missingInput(accepted: options.inputNames))
        }
        guard inputs.count == 1 else { throw LineRejection(.ambiguousInput(inputs)) }
        guard let text = value.string else { throw LineRejection(.inputNotText(found: value.kind)) }
        return RawRow(
            text: text, label: labelled ? try label(object, into: &rows) : .none, group: try group(object),
            line: line)
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
        guard hasLists != true || options.multiLabel == true else {
            throw LineRejection(.singleForMultiLabel)
        }
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
        case .bool(let flag): throw LineRejection(.labelNotUsable(found: flag ? "true" : "false"))
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
