/// A small generator whose sequence depends only on its seed (SplitMix64), for tests.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator of one sequence.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Damages good files in the ways that find faults in parsers.
public struct ByteMutator: Sendable {
    private var random: SeededRandom

    /// A mutator of one sequence.
    public init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// A damaged copy: one to four changes of bits, bytes, numbers, lengths, or pieces moved about.
    public mutating func mutate(_ good: [UInt8]) -> [UInt8] {
        var bytes = good
        for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: 0...255, using: &random)) }
        let start = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[start] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.removeSubrange(start...)
        case 3:
            let extra = Int.random(in: 1...64, using: &random)
            bytes.append(contentsOf: (0..<extra).map { _ in UInt8.random(in: 0...255, using: &random) })
        case 4: bytes.remove(at: start)
        case 5: bytes.insert(Array("{}[]\",:0-\\".utf8).randomElement(using: &random) ?? 0, at: start)
        case 6: overwrite(&bytes, at: start, with: Self.numbers.randomElement(using: &random) ?? 0)
        case 7:
            let end = min(bytes.count, start + Int.random(in: 1...32, using: &random))
            bytes.insert(
                contentsOf: Array(bytes[start..<end]), at: Int.random(in: 0...bytes.count, using: &random))
        default: bytes.swapAt(start, Int.random(in: bytes.indices, using: &random))
        }
    }

    private mutating func overwrite(_ bytes: inout [UInt8], at start: Int, with number: UInt64) {
        let width = [1, 2, 4, 8].randomElement(using: &random) ?? 1
        for offset in 0..<width where start + offset < bytes.count {
            bytes[start + offset] = UInt8(truncatingIfNeeded: number >> UInt64(8 * offset))
        }
    }

    private static let numbers: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 32, 1 << 62, 1 << 63, .max, .max - 63,
    ]
}
