import Foundation

/// A random source without state: every number is a pure function of (seed, stream, position).
///
/// Shuffles, dropout masks and initial weights can therefore be recomputed from what a checkpoint records, on any
/// thread and in any order. The generator is Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2,
/// 3", SC 2011); the tests compare it with the authors' known answers.
public struct CounterRandom: Sendable, Hashable {
    private let key: (UInt32, UInt32)
    private let stream: UInt64

    /// A source for one purpose.
    ///
    /// - Parameters:
    ///   - seed: what the user chose; becomes the Philox key.
    ///   - stream: what the numbers are for; becomes the upper half of the Philox counter.
    public init(seed: UInt64, stream: UInt64) {
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.stream = stream
    }

    /// A source whose stream is named, such as the parameter it initialises.
    public init(seed: UInt64, stream name: String) {
        // FNV-1a, 64 bits: any fixed, well-spread function of the bytes will do.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.init(seed: seed, stream: hash)
    }

    /// The four words of one Philox block.
    public func block(at position: UInt64) -> SIMD4<UInt32> {
        Self.philox(
            SIMD4(
                UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32),
                UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
            key: key)
    }

    /// The 32-bit word at a position.
    public func uint32(at position: UInt64) -> UInt32 { block(at: position / 4)[Int(position % 4)] }

    /// The 64-bit word at a position.
    public func uint64(at position: UInt64) -> UInt64 {
        let words = block(at: position / 2)
        return position % 2 == 0
            ? UInt64(words.x) | UInt64(words.y) << 32 : UInt64(words.z) | UInt64(words.w) << 32
    }

    /// A float in [0, 1) with 24 random bits.
    public func uniform(at position: UInt64) -> Float { Float(uint32(at: position) >> 8) * 0x1p-24 }

    /// A double in [0, 1) with 53 random bits.
    public func uniform64(at position: UInt64) -> Double { Double(uint64(at: position) >> 11) * 0x1p-53 }

    /// A standard normal number (Box and Muller, 1958).
    public func normal(at position: UInt64) -> Float {
        // 1 - u lies in (0, 1], where the logarithm is finite.
        let radius = (-2 * log(1 - uniform64(at: position * 2))).squareRoot()
        return Float(radius * cos(2 * .pi * uniform64(at: position * 2 + 1)))
    }

    /// A number below `bound`, each equally likely up to a bias of `bound / 2^64`.
    public func index(at position: UInt64, below bound: Int) -> Int {
        precondition(bound > 0, "an index needs a positive bound")
        return Int(uint64(at: position).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// The permutation of `0..<count` that belongs to this source (Fisher-Yates).
    public func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, index(at: UInt64(last), below: last + 1))
        }
        return order
    }

    /// Philox4x32 with ten rounds.
    static func philox(_ counter: SIMD4<UInt32>, key: (UInt32, UInt32)) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
        var (k0, k1) = key
        for _ in 0..<10 {
            let p0 = UInt64(c0) &* 0xD251_1F53
            let p1 = UInt64(c2) &* 0xCD9E_8D57
            c0 = UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0
            c1 = UInt32(truncatingIfNeeded: p1)
            c2 = UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1
            c3 = UInt32(truncatingIfNeeded: p0)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return SIMD4(c0, c1, c2, c3)
    }
}

extension CounterRandom {
    public static func == (left: CounterRandom, right: CounterRandom) -> Bool {
        left.key == right.key && left.stream == right.stream
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key.0)
        hasher.combine(key.1)
        hasher.combine(stream)
    }
}
