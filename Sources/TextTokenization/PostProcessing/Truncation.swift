/// The limit of tokens, special tokens included, and the side on which tokens are dropped.
struct Truncation: Sendable {
    var maxLength: Int
    var dropsLeft = false

    /// Drops tokens to leave room for `addedCount` special tokens.
    func apply(_ encoding: inout Tokenizer.Encoding, addedCount: Int) {
        let room = Swift.max(0, maxLength - addedCount)
        let excess = encoding.ids.count - room
        guard excess > 0 else { return }
        if dropsLeft {
            encoding.ids.removeFirst(excess)
            encoding.tokens.removeFirst(Swift.min(excess, encoding.tokens.count))
        } else {
            encoding.ids.removeLast(excess)
            encoding.tokens.removeLast(Swift.min(excess, encoding.tokens.count))
        }
    }
}

/// The padding that a file may ask for.
struct Padding: Sendable {
    /// The length to pad to; nil for no padding beyond the text.
    var length: Int?
    var multiple: Int?
    var padsLeft = false
    var id: Int32
    var token: String

    func apply(_ encoding: inout Tokenizer.Encoding, wantsTokens: Bool) {
        var target = length ?? encoding.ids.count
        if let multiple, multiple > 0, target % multiple > 0 { target += multiple - target % multiple }
        let missing = target - encoding.ids.count
        guard missing > 0 else { return }
        let ids = [Int32](repeating: id, count: missing)
        let tokens = [String](repeating: token, count: wantsTokens ? missing : 0)
        if padsLeft {
            encoding.ids = ids + encoding.ids
            encoding.tokens = tokens + encoding.tokens
        } else {
            encoding.ids += ids
            encoding.tokens += tokens
        }
    }
}
