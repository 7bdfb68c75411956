/// Cuts normalized text into the pieces that the model encodes one by one.
struct PreTokenizer: Sendable {
    /// One pre-tokenizer of the file; sequences are flattened.
    enum Step: Sendable {
        case split(SplitPattern, SplitBehavior, isInverted: Bool)
        case byteLevel(prefixSpace: Bool, splitsWords: Bool)
        case metaspace(replacement: [UInt8], scheme: PrependScheme, splits: Bool)
    }

    /// Where `Metaspace` prepends its mark.
    enum PrependScheme: String, Sendable, CaseIterable {
        case first, never, always
    }

    var steps: [Step] = []
    /// The components of the file so far, sequences included.
    var componentCount = 0

    private static let space = Literal([0x20])

    /// Cuts `bytes`, starting with the given step, and encodes the pieces in order.
    ///
    /// - Parameter origin: the number of leading bytes that come from the start of the input.
    func encode(_ bytes: Bytes, origin: Int, step: Int, with model: BytePairModel, into sink: inout TokenSink)
    {
        guard !bytes.isEmpty else { return }
        guard step < steps.count else { return model.encode(text: bytes, into: &sink) }
        switch steps[step] {
        case .split(.words(let pattern), .isolated, false):
            var start = 0
            while start < bytes.count {
                let end = pattern.end(in: bytes, from: start)
                encode(
                    bytes.slice(start, end), origin: Swift.max(0, Swift.min(origin, end) - start),
                    step: step + 1, with: model, into: &sink)
                start = end
            }
        case .split(let pattern, let behavior, let isInverted):
            var matches = pattern.matches(in: bytes)
            if isInverted { for index in matches.indices { matches[index].isMatch.toggle() } }
            for piece in behavior.pieces(of: matches) {
                encode(
                    bytes.slice(piece.start, piece.end),
                    origin: Swift.max(0, Swift.min(origin, piece.end) - piece.start),
                    step: step + 1, with: model, into: &sink)
            }
        case .byteLevel(let prefixSpace, let splitsWords):
            guard prefixSpace, bytes[0] != 0x20 else {
                return encodeBytes(bytes, origin, splitsWords, step + 1, model, &sink)
            }
            ([0x20] + bytes).withUnsafeBufferPointer {
                encodeBytes($0, origin > 0 ? origin + 1 : 0, splitsWords, step + 1, model, &sink)
            }
        case .metaspace(let replacement, let scheme, let splits):
            var origin = origin
            var text = Self.space.replaced(in: bytes, by: replacement, origin: &origin) ?? Array(bytes)
            let isPrefixed = text.withUnsafeBufferPointer { $0.matches(replacement, at: 0) }
            if !isPrefixed, scheme == .always || scheme == .first && origin > 0 {
                text.insert(contentsOf: replacement, at: 0)
                if origin > 0 { origin += replacement.count }
            }
            text.withUnsafeBufferPointer { text in
                var start = 0
                while start < text.count {
                    let end = splits ? Self.nextMark(replacement, in: text, after: start) : text.count
                    encode(
                        text.slice(start, end), origin: Swift.max(0, Swift.min(origin, end) - start),
                        step: step + 1, with: model, into: &sink)
                    start = end
                }
            }
        }
    }

    /// Cuts into words if asked, then passes the pieces on, as raw bytes if the model takes them.
    private func encodeBytes(
        _ bytes: Bytes, _ origin: Int, _ splitsWords: Bool, _ next: Int, _ model: BytePairModel,
        _ sink: inout TokenSink
    ) {
        var start = 0
        while start < bytes.count {
            let end = splitsWords ? WordPattern.gpt2.end(in: bytes, from: start) : bytes.count
            let piece = bytes.slice(start, end)
            if next == steps.count, model.takesRawBytes {
                model.encode(raw: piece, into: &sink)
            } else {
                var written: [UInt8] = []
                ByteLevelAlphabet.append(piece, to: &written)
                let originBytes = Swift.max(0, Swift.min(origin, end) - start)
                let writtenOrigin = piece.prefix(originBytes).reduce(0) {
                    $0 + (ByteLevelAlphabet.scalars[Int($1)] < 0x80 ? 1 : 2)
                }
                written.withUnsafeBufferPointer {
                    encode($0, origin: writtenOrigin, step: next, with: model, into: &sink)
                }
            }
            start = end
        }
    }

    private static func nextMark(_ mark: [UInt8], in text: Bytes, after start: Int) -> Int {
        var index = start + utf8Length(first: text[start])
        while index < text.count, !text.matches(mark, at: index) { index += utf8Length(first: text[index]) }
        return index
    }
}
