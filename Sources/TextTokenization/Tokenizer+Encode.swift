extension Tokenizer {
    /// The ids of a text.
    ///
    /// - Parameters:
    ///   - addSpecialTokens: whether the template's special tokens (beginning and end of a text) are added. Special
    ///     tokens written in the text are recognised either way.
    ///   - maxLength: the most tokens, special ones included: tokens are dropped at the end of the text (or at the
    ///     beginning, see `withoutTruncationAndPadding(dropsLeft:)`), and the template's special tokens stay. Nil applies the truncation of the file, if it has one.
    public func encode(_ text: String, addSpecialTokens: Bool = true, maxLength: Int? = nil) -> [Int32] {
        wordCaches.withCache {
            encoding(of: text, addSpecialTokens, maxLength, wantsTokens: false, words: $0)
        }.ids
    }

    /// The ids of a text with their printed forms.
    ///
    /// The printed form of a model token is its text in the vocabulary, that of an added token is the matched text.
    /// The parameters are those of `encode`.
    public func encodeWithTokens(
        _ text: String, addSpecialTokens: Bool = true, maxLength: Int? = nil
    ) -> Encoding {
        wordCaches.withCache {
            encoding(of: text, addSpecialTokens, maxLength, wantsTokens: true, words: $0)
        }
    }

    private func encoding(
        of text: String, _ addSpecialTokens: Bool, _ maxLength: Int?, wantsTokens: Bool,
        words: WordCache
    ) -> Encoding {
        var sink = TokenSink(wantsTokens: wantsTokens, words: words)
        var text = text
        text.withUTF8 { bytes in
            for segment in parts.addedTokens.segments(raw: bytes) {
                let part = bytes.slice(segment.start, segment.end)
                if let id = segment.id {
                    sink.append(id, foundAs: part)
                } else {
                    let origin = segment.start == 0 && !part.isEmpty ? utf8Length(first: part[0]) : 0
                    encode(part, origin: origin, into: &sink)
                }
            }
        }
        var result = Encoding()
        result.ids = sink.ids
        result.tokens = sink.tokens
        if let truncation = maxLength.map({
            Truncation(maxLength: $0, dropsLeft: parts.dropsLeft)
        }) ?? parts.truncation {
            truncation.apply(&result, addedCount: addSpecialTokens ? parts.postProcessor.addedCount : 0)
        }
        result = parts.postProcessor.apply(
            result, addSpecialTokens: addSpecialTokens, wantsTokens: wantsTokens)
        parts.padding?.apply(&result, wantsTokens: wantsTokens)
        return result
    }

    /// Normalizes a part without raw added tokens, cuts it at the normalized ones and encodes the rest.
    private func encode(_ bytes: Bytes, origin: Int, into sink: inout TokenSink) {
        var origin = origin
        if let normalized = parts.normalizer.apply(bytes, origin: &origin) {
            normalized.withUnsafeBufferPointer { encodeNormalized($0, origin: origin, into: &sink) }
        } else {
            encodeNormalized(bytes, origin: origin, into: &sink)
        }
    }

    private func encodeNormalized(_ bytes: Bytes, origin: Int, into sink: inout TokenSink) {
        for segment in parts.addedTokens.segments(normalized: bytes) {
            let part = bytes.slice(segment.start, segment.end)
            if let id = segment.id {
                sink.append(id, foundAs: part)
            } else {
                let partOrigin = Swift.max(0, Swift.min(origin, segment.end) - segment.start)
                parts.preTokenizer.encode(part, origin: partOrigin, step: 0, with: parts.model, into: &sink)
            }
        }
    }
}
