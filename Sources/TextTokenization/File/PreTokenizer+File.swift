extension PreTokenizer {
    /// Whether the last step writes the bytes of a piece in the byte-level alphabet.
    var endsInBytes: Bool { if case .byteLevel = steps.last { true } else { false } }

    /// Adds the steps of one pre-tokenizer of a file; a sequence adds those of its members.
    mutating func append(_ reader: JSONReader) throws(TokenizerError) {
        let type = try reader.required("type").string()
        componentCount += 1
        guard steps.count < Self.stepLimit, componentCount <= 2 * Self.stepLimit else {
            throw reader.failure(.tooManySteps(limit: Self.stepLimit))
        }
        switch type {
        case "Sequence":
            for member in try reader.required("pretokenizers").elements() { try append(member) }
        case "ByteLevel":
            let prefixSpace = try reader.required("add_prefix_space").bool()
            // Token offsets are not reported, so trimming them has no effect.
            _ = try reader.required("trim_offsets").bool()
            let splitsWords = try reader.bool("use_regex", default: true)
            // Each use of the byte-level alphabet at most doubles a text.
            guard byteLevelCount < Self.byteLevelLimit else {
                throw reader.failure(.tooManySteps(limit: Self.byteLevelLimit))
            }
            steps.append(.byteLevel(prefixSpace: prefixSpace, splitsWords: splitsWords))
        case "Split":
            let pattern = try Self.pattern(reader.required("pattern"))
            let behavior = try reader.required("behavior").choice(SplitBehavior.self)
            steps.append(.split(pattern, behavior, isInverted: try reader.required("invert").bool()))
        case "Digits":
            let isolated = try reader.required("individual_digits").bool()
            steps.append(
                .split(.scalars(.init(.numeric)), isolated ? .isolated : .contiguous, isInverted: false))
        case "Metaspace":
            // Each use may double the number of pieces.
            guard metaspaceCount < Self.metaspaceLimit else {
                throw reader.failure(.tooManySteps(limit: Self.metaspaceLimit))
            }
            steps.append(try Self.metaspace(reader))
        case "Whitespace":
            steps.append(.split(.wordRuns, .removed, isInverted: true))
        case "WhitespaceSplit":
            steps.append(.split(.scalars(.init(.space)), .removed, isInverted: false))
        default:
            throw reader.failure(.unsupportedComponent("pre-tokenizer \(type)"))
        }
    }

    // Steps call each other, so their number is also the depth of the stack.
    private static let stepLimit = 16
    private static let byteLevelLimit = 2
    private static let metaspaceLimit = 4

    private var metaspaceCount: Int {
        steps.reduce(0) { count, step in if case .metaspace = step { count + 1 } else { count } }
    }

    private var byteLevelCount: Int {
        steps.reduce(0) { count, step in if case .byteLevel = step { count + 1 } else { count } }
    }

    private static func pattern(_ reader: JSONReader) throws(TokenizerError) -> SplitPattern {
        guard let regex = try reader.optional("Regex") else { return .literal(Literal(try reader.literal())) }
        let expression = try regex.string()
        guard let pattern = WordPattern.recognized(expression) else {
            throw regex.failure(.unsupportedPattern(expression))
        }
        return .words(pattern)
    }

    private static func metaspace(_ reader: JSONReader) throws(TokenizerError) -> Step {
        let mark = try reader.required("replacement")
        let text = try mark.string()
        guard text.unicodeScalars.count == 1 else {
            throw mark.failure(.invalidValue("\"\(text)\"", allowed: "one character"))
        }
        var scheme = PrependScheme.always
        if let reader = try reader.optional("prepend_scheme") {
            scheme = try reader.choice(PrependScheme.self)
        }
        if let prefix = try reader.optional("add_prefix_space"), !(try prefix.bool()), scheme != .never {
            throw prefix.failure(
                .invalidValue("false", allowed: "true, or a prepend_scheme of \"never\" beside it"))
        }
        return .metaspace(
            replacement: Array(text.utf8), scheme: scheme, splits: try reader.bool("split", default: true))
    }
}
