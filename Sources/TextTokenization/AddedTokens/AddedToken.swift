/// A token that is recognised in the text itself, before the model sees it.
struct AddedToken: Sendable, Equatable {
    let content: [UInt8]
    /// Whether it counts only where no word scalar touches it.
    var isSingleWord = false
    /// Whether it swallows the white space before it.
    var stripsLeft = false
    /// Whether it swallows the white space behind it.
    var stripsRight = false
    /// Whether it is sought in the normalized text, in normalized form.
    var isNormalized = true
    var isSpecial = false
}
