import ModelImport
import TestSupport
import Testing

@Suite("Dequantisation")
struct DequantizationTests {
    /// Written by Tools/golden/make_gguf_fixtures.py with gguf 0.19.0.
    private static let golden =
        #filePath.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast(2).joined(separator: "/") + "/Fixtures/gguf/dequantisation.gguf"

    @Test(arguments: GGUFTensorType.decodable)
    func `blocks decode to the bits that gguf.quants.dequantize makes`(type: GGUFTensorType) throws {
        let file = try GGUFFile(path: Self.golden)
        let tensors = file.tensors.filter { $0.type == type && !$0.name.hasSuffix(".expected") }
        try #require(!tensors.isEmpty)
        for tensor in tensors {
            let expected = try #require(file.tensors.first { $0.name == tensor.name + ".expected" })
            let (values, wanted) = (try file.floats(of: tensor), try file.floats(of: expected))
            try #require(values.count == wanted.count)
            // A NaN's payload depends on the machine; that it is one does not.
            let different = values.indices.filter {
                values[$0].bitPattern != wanted[$0].bitPattern && !(values[$0].isNaN && wanted[$0].isNaN)
            }
            #expect(different.isEmpty, "\(tensor.name): \(different.prefix(5))")
        }
    }

    @Test func `every half-precision number widens to the single of the same value`() throws {
        let stored = (0...UInt16.max).flatMap { GGUFBuilder.bytes($0) }
        let values = decode(stored, .f16, count: 65_536)
        for (bits, value) in values.enumerated() {
            let (exponent, fraction) = (bits >> 10 & 0x1F, bits & 0x3FF)
            let sign: Float = bits >> 15 == 0 ? 1 : -1
            switch exponent {
            case 31: #expect(fraction == 0 ? value == sign * .infinity : value.isNaN)
            case 0:
                let magnitude = Float(sign: .plus, exponent: -24, significand: Float(fraction))
                #expect(value.bitPattern == (sign * magnitude).bitPattern)
            default:
                let magnitude = Float(
                    sign: .plus, exponent: exponent - 25, significand: Float(fraction + 1024))
                #expect(value == sign * magnitude)
            }
        }
    }

    @Test(arguments: GGUFTensorType.decodable)
    func `unaligned blocks decode as aligned ones do`(type: GGUFTensorType) {
        var random = SeededRandom(seed: UInt64(type.rawValue))
        let blocks = (0..<type.blockByteCount * 3).map { _ in UInt8.random(in: 0...0x3B, using: &random) }
        let count = type.blockLength * 3
        let expected = decode(blocks, type, count: count)
        let shifted = [0] + blocks
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            shifted.withUnsafeBytes {
                Dequantization.decode(
                    UnsafeRawBufferPointer(rebasing: $0[1...]), type: type,
                    into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            }
            initialized = count
        }
        #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    private func decode(_ blocks: [UInt8], _ type: GGUFTensorType, count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            blocks.withUnsafeBytes {
                Dequantization.decode(
                    $0, type: type, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            }
            initialized = count
        }
    }
}
