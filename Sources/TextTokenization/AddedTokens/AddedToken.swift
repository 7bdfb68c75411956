/// A token that is recognised in the text itself, before the model sees it.
struct AddedToken: Sendable, Equatable {
    let content: [UInt8]
    /// Whether it matches only if it is not next to a word scalar.
    var isSingleWord = false
    /// Whether it includes the white space before it.
    var stripsLeft = false
    /// Whether it includes the white space after it.
    var stripsRight = false
    /// Whether it is searched for in the normalized text, in normalized form.
    var isNormalized = true
    var isSpecial = false
}
