extension Normalizer {
    /// Adds the steps of one normalizer of a file; a sequence adds those of its members.
    mutating func append(_ reader: JSONReader) throws(TokenizerError) {
        let type = try reader.required("type").string()
        componentCount += 1
        guard steps.count < Self.stepLimit, componentCount <= 2 * Self.stepLimit else {
            throw reader.failure(.tooManySteps(limit: Self.stepLimit))
        }
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
            steps.append(.replace(pattern: Literal(pattern), with: content))
        default:
            throw reader.failure(.unsupportedComponent("normalizer \(type)"))
        }
        // A short file must not make a short text very long: chained steps could grow it without bound.
        guard growth <= Self.growthLimit else {
            throw reader.failure(.growthTooLarge(limit: Self.growthLimit))
        }
    }
}

extension Normalizer {
    private static let stepLimit = 32
    /// The factor by which all steps may lengthen a text together; real files need at most twelve.
    private static let growthLimit = 512

    /// A bound of how many times longer the steps make a text that is not empty.
    ///
    /// A normal form and lower case lengthen a text once, and again only after a step has added text that they change.
    private var growth: Int {
        var growth = 1
        // The forms that the text has already.
        var (isCompatible, isDecomposed, isLowercase) = (false, false, false)
        func insert(_ text: [UInt8]) {
            func isChanged(by step: Step) -> Bool {
                var origin = 0
                guard let result = text.withUnsafeBufferPointer({ step.apply($0, origin: &origin) }) else {
                    return false
                }
                return result != text
            }
            if isChanged(by: .form(.nfkd)) { isCompatible = false }
            if isChanged(by: .form(.nfd)) { isDecomposed = false }
            if isChanged(by: .lowercase) { isLowercase = false }
        }
        for step in steps where growth <= Self.growthLimit {
            var factor = 1
            switch step {
            case .form(.nfkc), .form(.nfkd):
                // U+FDFA is 3 bytes long, and 33 when it is decomposed.
                if !isCompatible { factor = 11 }
                (isCompatible, isDecomposed) = (true, true)
            case .form:
                if !isDecomposed { factor = 3 }
                isDecomposed = true
            case .lowercase:
                if !isLowercase { factor = 2 }
                isLowercase = true
            case .prepend(let prefix):
                factor = 1 + prefix.count
                if factor <= Self.growthLimit { insert(prefix) }
            case .replace(let pattern, let content):
                factor = Swift.max(1, (content.count + pattern.bytes.count - 1) / pattern.bytes.count)
                if factor <= Self.growthLimit { insert(content) }
            case .stripAccents, .strip: break
            }
            // Beyond the limit the exact factor does not matter, but it must not overflow.
            growth *= Swift.min(factor, Self.growthLimit + 1)
        }
        return growth
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
