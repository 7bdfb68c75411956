import JSONCore
import Testing

struct BoundedNumberTests {
    private func value(_ literal: String) throws -> JSONValue { try JSONParser.parse(literal) }

    @Test(arguments: [
        ("0", 0), ("-1", -1), ("-0", 0), ("9007199254740992", 1 << 53), ("-9007199254740992", -(1 << 53)),
    ])
    func `an integer that a double holds is read`(literal: String, expected: Int) throws {
        #expect(try value(literal).int == expected)
    }

    @Test(arguments: [
        "9007199254740993", "-9007199254740993", "4611686018427387904", "9223372036854775807",
        "-9223372036854775808", "18446744073709551616", "1e3", "1.0", "1e400", "\"1\"", "null", "true",
    ])
    func `everything else is no integer`(literal: String) throws {
        #expect(try value(literal).int == nil)
        #expect(try value(literal).int(in: -9...1 << 60) == nil)
    }

    @Test func `a reader states its range`() throws {
        #expect(try value("7").int(in: 0...7) == 7)
        #expect(try value("8").int(in: 0...7) == nil)
        #expect(try value("-1").int(in: 0...7) == nil)
    }

    @Test func `counts can be added up`() throws {
        #expect(try value("[0,1099511627776]").counts == [0, 1 << 40])
        #expect(try value("[0,1099511627777]").counts == nil)
        #expect(try value("[0,-1]").counts == nil)
        #expect(try value("[0,null]").counts == nil)
        #expect(try value("{\"a\":-1}").object?.count("a") == nil)
        #expect(try value("{\"a\":3}").object?.count("a", limit: 2) == nil)
    }

    @Test func `a number beyond all doubles is none`() throws {
        #expect(try value("1e400").double == nil)
        #expect(try value("-1e400").double == nil)
        #expect(try value("1e308").double == 1e308)
    }

    @Test(arguments: [
        (1e308, Int.max), (-1e308, .min), (.infinity, .max), (-.infinity, .min), (.nan, 0), (-0.0, 0),
        (2.5, 3),
        (9.3e18, .max), (4e18, 4_000_000_000_000_000_000),
    ])
    func `a number becomes the integer next to it`(number: Double, expected: Int) {
        #expect(Int(saturating: number) == expected)
    }

    @Test func `sums stop at the largest integer`() {
        #expect([Int.max, 1].saturatingSum == .max)
        #expect([Int.min, -1].saturatingSum == .min)
        #expect([1, 2, 3].saturatingSum == 6)
    }

    @Test func `a text is an integer of a range or none`() {
        #expect(Int("12", in: 0...12) == 12)
        for text in ["13", "-1", "", "1e1", "9223372036854775808", " 1"] {
            #expect(Int(text, in: 0...12) == nil)
        }
    }
}
