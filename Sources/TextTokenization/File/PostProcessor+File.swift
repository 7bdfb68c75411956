import JSONCore

extension PostProcessor {
    /// Reads the post-processor of a file.
    init(_ reader: JSONReader) throws(TokenizerError) {
        var template: [Piece]?
        try Self.read(reader, &template)
        if let template { pieces = template }
    }

    private static func read(_ reader: JSONReader, _ template: inout [Piece]?) throws(TokenizerError) {
        let type = try reader.required("type").string()
        switch type {
        case "Sequence":
            for member in try reader.required("processors").elements() { try read(member, &template) }
        case "ByteLevel":
            // It only trims token offsets, which are not reported.
            _ = try reader.required("add_prefix_space").bool()
            _ = try reader.required("trim_offsets").bool()
        case "TemplateProcessing":
            guard template == nil else {
                throw reader.failure(.unsupportedComponent("a second TemplateProcessing in one sequence"))
            }
            template = try readTemplate(reader)
        default:
            throw reader.failure(.unsupportedComponent("post-processor \(type)"))
        }
    }

    private static let specialTokenLimit = 1 << 10

    private static func readTemplate(_ reader: JSONReader) throws(TokenizerError) -> [Piece] {
        let specialTokens = try reader.required("special_tokens")
        _ = try specialTokens.object()
        _ = try reader.required("pair").elements()
        var pieces: [Piece] = []
        var addedCount = 0
        var usesText = false
        for element in try reader.required("single").elements() {
            if let sequence = try element.optional("Sequence") {
                switch try sequence.required("id").string() {
                case "A":
                    guard !usesText else {
                        throw sequence.failure(.unsupportedOption("the text a second time"))
                    }
                    usesText = true
                    pieces.append(.text)
                case "B": throw sequence.failure(.templateUsesSecondText)
                case let name: throw sequence.failure(.invalidValue("\"\(name)\"", allowed: "\"A\" or \"B\""))
                }
            } else {
                let piece = try special(element.required("SpecialToken"), specialTokens)
                if case .special(let ids, _) = piece { addedCount += ids.count }
                guard addedCount <= specialTokenLimit, pieces.count < specialTokenLimit else {
                    throw element.failure(.tooManySpecialTokens(limit: specialTokenLimit))
                }
                pieces.append(piece)
            }
        }
        return pieces
    }

    private static func special(_ reader: JSONReader, _ tokens: JSONReader) throws(TokenizerError) -> Piece {
        let name = try reader.required("id").string()
        guard let token = try tokens.optional(name) else { throw reader.failure(.templateTokenMissing(name)) }
        var ids: [Int32] = []
        var texts: [String] = []
        for id in try token.required("ids").elements() { ids.append(try id.id()) }
        for text in try token.required("tokens").elements() { texts.append(try text.string()) }
        guard ids.count == texts.count else { throw token.failure(.templateLengthMismatch(name)) }
        return .special(ids: ids, tokens: texts)
    }
}

private enum Direction: String, CaseIterable {
    case left = "Left"
    case right = "Right"
}

private enum Strategy: String, CaseIterable {
    case longestFirst = "LongestFirst"
    case onlyFirst = "OnlyFirst"
    case onlySecond = "OnlySecond"
}

extension Truncation {
    /// Reads the truncation of a file, for a template that adds `addedCount` special tokens.
    init(_ reader: JSONReader, addedCount: Int) throws(TokenizerError) {
        maxLength = try reader.required("max_length").count()
        if let direction = try reader.optional("direction") {
            dropsLeft = try direction.choice(Direction.self) == .left
        }
        let strategy = try reader.required("strategy")
        if try strategy.choice(Strategy.self) == .onlySecond {
            throw strategy.failure(.unsupportedOption("OnlySecond, which needs two texts,"))
        }
        let stride = try reader.required("stride")
        let overlap = try stride.count()
        guard maxLength >= addedCount else {
            throw reader.failure(.noRoomForSpecialTokens(maxLength: maxLength, added: addedCount))
        }
        let room = maxLength - addedCount
        guard overlap == 0 || overlap < room else {
            throw stride.failure(.strideTooLarge(overlap, room: room))
        }
    }
}

extension Padding {
    /// Reads the padding of a file.
    init(_ reader: JSONReader) throws(TokenizerError) {
        let strategy = try reader.required("strategy")
        if let name = strategy.value.string {
            guard name.utf8.elementsEqual("BatchLongest".utf8) else {
                throw strategy.failure(
                    .invalidValue("\"\(name)\"", allowed: "\"BatchLongest\" or {\"Fixed\": length}"))
            }
        } else {
            length = try strategy.required("Fixed").paddingLength()
        }
        padsLeft = try reader.required("direction").choice(Direction.self) == .left
        multiple = try reader.optional("pad_to_multiple_of")?.paddingLength()
        id = try reader.required("pad_id").id()
        token = try reader.required("pad_token").string()
        _ = try reader.required("pad_type_id").id()
    }
}

extension JSONReader {
    /// A fixed length, limited so that no file can ask for gigabytes.
    fileprivate func paddingLength() throws(TokenizerError) -> Int {
        let length = try count()
        guard length <= 1 << 17 else {
            throw failure(.invalidValue("\(length)", allowed: "at most 131072 tokens"))
        }
        return length
    }
}
