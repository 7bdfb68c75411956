import JSONCore
import Testing

@Suite struct JSONParserTests {
    @Test func `Order, spelling and every kind of value survive`() throws {
        let text = #"{"z":1,"a":[1.50,-0,1e5,true,false,null,"x"],"é":{"nested":{}}}"#
        #expect(try JSONParser.parse(text).encoded() == text)
    }

    @Test func `Escapes are read, and written only where they must be`() throws {
        let value = try JSONParser.parse(#""\u0041\n\t\"\\\/\ud83d\ude00\u00e9""#)
        #expect(value.string == "A\n\t\"\\/😀é")
        #expect(value.encoded() == #""A\n\t\"\\/😀é""#)
        #expect(
            value.encoded(JSONStyle(indent: nil, sortedKeys: false, asciiOnly: true))
                == #""A\n\t\"\\/\ud83d\ude00\u00e9""#)
    }

    @Test func `Canonical form sorts keys by their bytes`() throws {
        let value = try JSONParser.parse(#"{"b":1,"B":2,"a":{"y":1,"x":2}}"#)
        #expect(value.encoded(.canonical) == #"{"B":2,"a":{"x":2,"y":1},"b":1}"#)
    }

    @Test func `Keys that differ in bytes are two keys, though Swift calls them equal`() throws {
        let value = try JSONParser.parse(#"{"\u00e9":1,"e\u0301":2}"#)
        #expect(value.object?.count == 2)
        #expect(value["\u{E9}"]?.int == 1)
        #expect(value["e\u{301}"]?.int == 2)
    }

    @Test(
        arguments: [
            ("", "ends early"), ("{", "ends early"), ("[1,]", "a value"), ("{\"a\":1,}", "a key"),
            ("{a:1}", "a key"),
            ("[1 2]", "',' or ']'"), ("{\"a\" 1}", "':'"), ("01", "malformed number"),
            ("1.", "malformed number"),
            ("-", "malformed number"), (".5", "a value"), ("+1", "a value"), ("NaN", "a value"),
            ("1.", "malformed number"),
            ("tru", "ends early"), ("trux", "true"), ("\"\u{1}\"", "control character"),
            (#""\x""#, "malformed escape"),
            (#""\ud800""#, "lone surrogate"), (#""\ud800\u0041""#, "lone surrogate"),
            (#""\udc00""#, "lone surrogate"),
            (#""\u12g4""#, "malformed escape"), ("1 1", "follows the end"),
            ("{\"a\":1,\"a\":2}", "stands twice"),
            ("// x", "a value"), ("\u{FEFF}1", "a value"),
        ])
    func `What is not JSON is refused by the rule it breaks`(text: String, reason: String) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `Invalid UTF-8 is refused`() {
        #expect(throws: JSONError(rule: .invalidUTF8, offset: 1)) {
            try JSONParser.parse([0x22, 0xC3, 0x28, 0x22] as [UInt8])
        }
    }

    @Test func `Limits hold before memory or stack are used up`() {
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(throws: JSONError(rule: .tooDeep(limit: 128), offset: 128)) { try JSONParser.parse(deep) }
        #expect(throws: JSONError.self) { try JSONParser.parse("[1,2,3]", limits: JSONLimits(bytes: 3)) }
        #expect(throws: JSONError.self) { try JSONParser.parse("[1,2,3]", limits: JSONLimits(values: 3)) }
    }

    @Test func `The last of two equal keys wins where the format says so`() throws {
        let value = try JSONParser.parse(#"{"a":1,"b":2,"a":3}"#, duplicateKeys: .lastWins)
        #expect(value.encoded() == #"{"a":3,"b":2}"#)
    }

    @Test func `Objects of any size keep order and find their members`() throws {
        var object = JSONObject()
        for index in 0..<1000 { object["key\(index)"] = JSONValue(index) }
        object["key500"] = nil
        let parsed = try JSONParser.parse(JSONValue(object).encoded())
        #expect(parsed.object == object)
        #expect(parsed["key999"]?.int == 999)
        #expect(parsed["key500"] == nil)
        #expect(parsed.object?.keys.first == "key0")
    }

    @Test func `Mutated documents never trap`() {
        let seed = Array(#"{"a":[1,2.5e3,"\u00e9\n",{"b":null}],"c":true}"#.utf8)
        var state: UInt64 = 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0...next(3) {
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(next(256))
                case 1: bytes.remove(at: next(bytes.count))
                default: bytes.insert(UInt8(next(256)), at: next(bytes.count))
                }
            }
            // Whatever is accepted must read the same again from what is written.
            guard let value = try? JSONParser.parse(bytes) else { continue }
            accepted += 1
            #expect((try? JSONParser.parse(value.encoded())) == value)
        }
        #expect(accepted > 100)
    }
}
