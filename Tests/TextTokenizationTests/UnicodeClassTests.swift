import JSONCore
import Testing
import TextTokenization

@Suite("Unicode data")
struct UnicodeClassTests {
    @Test(arguments: [
        ("letter", ScalarClass.letter), ("number", .number), ("space", .space), ("numeric", .numeric),
        ("word", .word),
        ("accent", .accent),
    ])
    func `each class has the members that the reference library's has`(name: String, kind: ScalarClass) throws
    {
        let expected = try #require(Toys.document["classes"]?[name])
        var count = 0
        var sum = 0
        for scalar in 0..<UInt32(0x110000) where ScalarClasses.table[scalar].contains(kind) {
            count += 1
            sum += Int(scalar)
        }
        #expect(count == expected["count"]?.int)
        #expect(sum == expected["sum"]?.int)
    }
}
