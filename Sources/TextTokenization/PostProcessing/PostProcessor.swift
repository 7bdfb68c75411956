/// The special tokens around a text's tokens.
struct PostProcessor: Sendable {
    /// One element of a template.
    enum Piece: Sendable {
        /// The tokens of the text.
        case text
        /// Special tokens with their printed forms.
        case special(ids: [Int32], tokens: [String])
    }

    var pieces: [Piece] = [.text]

    /// How many special tokens the template adds.
    var addedCount: Int {
        pieces.reduce(0) { count, piece in
            if case .special(let ids, _) = piece { count + ids.count } else { count }
        }
    }

    func apply(_ encoding: Tokenizer.Encoding, addSpecialTokens: Bool, wantsTokens: Bool)
        -> Tokenizer.Encoding
    {
        if pieces.count == 1, case .text = pieces[0] { return encoding }
        var result = Tokenizer.Encoding()
        result.ids.reserveCapacity(encoding.ids.count + addedCount)
        for piece in pieces {
            switch piece {
            case .text:
                result.ids += encoding.ids
                result.tokens += encoding.tokens
            case .special(let ids, let tokens):
                guard addSpecialTokens else { continue }
                result.ids += ids
                if wantsTokens { result.tokens += tokens }
            }
        }
        return result
    }
}
