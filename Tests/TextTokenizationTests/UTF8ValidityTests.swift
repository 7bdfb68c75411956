import Testing
import TextTokenization

/// The validity check before the fast reader, compared with the standard library's.
@Suite struct UTF8ValidityTests {
    private func isValid(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { $0.isValidUTF8 } }

    private func agrees(_ bytes: [UInt8]) -> Bool {
        isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil)
    }

    @Test func `every first and second byte is judged as the standard library judges it`() {
        let thirds: [UInt8] = [0x00, 0x41, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in UInt8.min...UInt8.max {
            #expect(agrees([first]))
            for second in UInt8.min...UInt8.max {
                #expect(agrees([first, second]))
                for third in thirds {
                    // After eight ASCII bytes, as the check takes eight at a time, and with a fourth byte.
                    let text = Array("plain, ".utf8) + [first, second, third]
                    guard agrees(text), agrees([first, second, third, 0x80]), agrees(text + [0x80, 0x41])
                    else {
                        Issue.record("\([first, second, third]) is judged differently")
                        return
                    }
                }
            }
        }
    }

    @Test func `a text that ends inside a scalar is not valid wherever it is cut`() {
        let text = Array("aé漢😀 plain text that is long enough 😀".utf8)
        for end in 0...text.count { #expect(agrees(Array(text[..<end]))) }
        #expect(isValid(text))
    }
}
