import BackendCPU
import TensorCore
import TestSupport
import Testing

@Suite struct RandomTests {
    @Test func `Philox gives the known answers of its authors`() {
        // From the kat_vectors of Random123 1.14: philox4x32, 10 rounds. The stream is the counter's upper half.
        let zero = CounterRandom(seed: 0, stream: 0).block(at: 0)
        #expect(zero == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        let ones = CounterRandom(seed: .max, stream: .max).block(at: .max)
        #expect(ones == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        let pi = CounterRandom(seed: 0x299F_31D0_A409_3822, stream: 0x0370_7344_1319_8A2E)
            .block(at: 0x85A3_08D3_243F_6A88)
        #expect(pi == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test func `A permutation holds every index once and depends on seed and stream`() {
        let first = CounterRandom(seed: 1, stream: 2).permutation(of: 1000)
        #expect(first.sorted() == Array(0..<1000))
        #expect(first == CounterRandom(seed: 1, stream: 2).permutation(of: 1000))
        #expect(first != CounterRandom(seed: 1, stream: 3).permutation(of: 1000))
        #expect(first != CounterRandom(seed: 2, stream: 2).permutation(of: 1000))
    }

    @Test func `Normal numbers have mean zero and variance one`() {
        let values = randomValues(100_000, "moments").map(Double.init)
        let mean = values.reduce(0, +) / 100_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
        // Five standard errors.
        #expect(abs(mean) < 5 / 100_000.0.squareRoot())
        #expect(abs(variance - 1) < 5 * (2 / 100_000.0).squareRoot())
    }

    @Test(arguments: Configuration.all)
    func `Dropout drops its share, and the same features wherever the row lies`(
        configuration: Configuration
    ) throws {
        let backend = configuration.makeBackend()
        let mask = DropoutMask(probability: 0.3, seed: 7, step: 5)
        let (a, b) = (
            TokenSequence(sampleID: 11, inputIDs: [1, 2, 3]), TokenSequence(sampleID: 4, inputIDs: [5, 6])
        )
        func masked(_ sequences: [TokenSequence]) throws -> [Float] {
            let batch = PackedBatch(sequences, padTokenID: 0)
            let ones = try backend.tensor(
                Array(repeating: 1, count: batch.tokenCount * 999), rows: batch.tokenCount, columns: 999)
            backend.dropout(ones, mask: mask, module: 3, batch: try backend.prepare(batch), output: ones)
            return backend.values(of: ones)
        }
        let (ab, ba) = (try masked([a, b]), try masked([b, a]))
        #expect(Array(ab[..<(3 * 999)]) == Array(ba[(2 * 999)...]))
        #expect(Array(ab[(3 * 999)...]) == Array(ba[..<(2 * 999)]))
        let dropped = Double(ab.count { $0 == 0 }) / Double(ab.count)
        #expect(abs(dropped - 0.3) < 5 * (0.21 / Double(ab.count)).squareRoot())
        #expect(ab.allSatisfy { $0 == 0 || $0 == 1 / (1 - 0.3 as Float) })
        // The generator's definition, to the last feature of the last row.
        let defined = (0..<999).map {
            mask.factors(sample: 4, token: 1, module: 3, featureBlock: $0 / 4)[$0 % 4]
        }
        #expect(Array(ab[(4 * 999)...]) == defined)
    }
}
