extension Normalizer {
    /// Adds the steps of one normalizer of a file; a sequence adds those of its members.
    mutating func append(_ reader: JSONReader) throws(TokenizerError) {
        let type = try reader.required("type").string()
        guard steps.count < Self.stepLimit else { throw reader.failure(.tooManySteps(limit: Self.stepLimit)) }
        switch type {
        case "Sequence":
            for member in try reader.required("normalizers").elements() { try append(member) }
        case "NFC": steps.append(.form(.nfc))
        case "NFD": steps.append(.form(.nfd))
        case "NFKC": steps.append(.form(.nfkc))
        case "NFKD": steps.append(.form(.nfkd))
        case "Lowercase": steps.append(.lowercase)
        case "StripAccents": steps.append(.stripAccents)
        case "Strip":
            let left = try reader.required("strip_left").bool()
            let right = try reader.required("strip_right").bool()
            steps.append(.strip(left: left, right: right))
        case "Prepend":
            let prefix = try reader.required("prepend")
            guard !(try prefix.bytes().isEmpty) else {
                throw prefix.failure(.invalidValue("\"\"", allowed: "a text that is not empty"))
            }
            steps.append(.prepend(try prefix.bytes()))
        case "Replace":
            let pattern = try reader.required("pattern").literal()
            let content = try reader.required("content").bytes()
            steps.append(.replace(pattern: pattern, with: content))
            // A short file must not make a short text very long: chained replacements could grow without bound.
            guard replacementGrowth <= Self.growthLimit else {
                throw reader.failure(.growthTooLarge(limit: Self.growthLimit))
            }
        default:
            throw reader.failure(.unsupportedComponent("normalizer \(type)"))
        }
    }
}

extension Normalizer {
    private static let stepLimit = 32
    /// The factor by which all replacements may lengthen a text; real files need at most three.
    private static let growthLimit = 64

    private var replacementGrowth: Int {
        steps.reduce(1) { growth, step in
            guard case .replace(let pattern, let content) = step, content.count > pattern.count else {
                return growth
            }
            // Beyond the limit the exact factor does not matter, but it must not overflow.
            return growth > Self.growthLimit
                ? growth : growth * (content.count + pattern.count - 1) / pattern.count
        }
    }
}

extension JSONReader {
    /// A pattern that is a fixed text, `{"String": …}`.
    func literal() throws(TokenizerError) -> [UInt8] {
        if let regex = try optional("Regex") { throw failure(.unsupportedPattern(try regex.string())) }
        let text = try required("String")
        guard !(try text.bytes().isEmpty) else {
            throw text.failure(.invalidValue("\"\"", allowed: "a text that is not empty"))
        }
        return try text.bytes()
    }
}
