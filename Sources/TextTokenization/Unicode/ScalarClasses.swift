/// The classes of a Unicode scalar in the components of the reference library.
///
/// Its regular expressions, its `Digits` and its added tokens use Unicode tables of different versions, so "number"
/// and "numeric" are two classes. Swift's own properties match none of them.
package struct ScalarClass: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `\p{L}` of the regular expressions.
    package static let letter = ScalarClass(rawValue: 1 << 0)
    /// `\p{N}` of the regular expressions.
    package static let number = ScalarClass(rawValue: 1 << 1)
    /// White space, the same in all components.
    package static let space = ScalarClass(rawValue: 1 << 2)
    /// What `Digits` isolates.
    package static let numeric = ScalarClass(rawValue: 1 << 3)
    /// `\w` of the added tokens and of `Whitespace`.
    package static let word = ScalarClass(rawValue: 1 << 4)
    /// What `StripAccents` drops.
    package static let accent = ScalarClass(rawValue: 1 << 5)
    /// A scalar that can make a text differ from its NFC form.
    package static let composing = ScalarClass(rawValue: 1 << 6)
    /// A scalar that moves in canonical ordering.
    package static let mark = ScalarClass(rawValue: 1 << 7)
}

/// The classes of every scalar.
package struct ScalarClasses: @unchecked Sendable {
    package static let table = ScalarClasses()

    // One byte for each code point, written once and never freed.
    private let base: UnsafePointer<UInt8>

    private init() {
        let size = 0x110000
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        memory.initialize(repeating: 0, count: size)
        var data = PackedData(UnicodeData.classRuns)
        var position = 0
        while !data.isAtEnd {
            let length = data.integer()
            let bits = data.byte()
            precondition(position + length <= size)
            if bits != 0 { (memory + position).update(repeating: bits, count: length) }
            position += length
        }
        base = UnsafePointer(memory)
    }

    /// The classes of a code point; `scalar` must be at most 0x10FFFF, which decoding valid UTF-8 ensures.
    @inline(__always)
    package subscript(scalar: UInt32) -> ScalarClass { ScalarClass(rawValue: base[Int(scalar)]) }
}
