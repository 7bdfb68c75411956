/// Eight floats: one AVX register, two of SSE or NEON.
typealias F8 = SIMD8<Float>

extension UnsafePointer<Float> {
    @inline(__always) func load(_ index: Int) -> F8 {
        UnsafeRawPointer(self + index).loadUnaligned(as: F8.self)
    }
}

extension UnsafeMutablePointer<Float> {
    @inline(__always) func load(_ index: Int) -> F8 {
        UnsafeRawPointer(self + index).loadUnaligned(as: F8.self)
    }

    @inline(__always) func store(_ value: F8, _ index: Int) {
        UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: F8.self)
    }

    /// Loads fewer than eight floats; the rest is `padding`.
    @inline(__always) func loadTail(_ index: Int, _ count: Int, padding: Float) -> F8 {
        var value = F8(repeating: padding)
        for lane in 0..<count { value[lane] = self[index + lane] }
        return value
    }

    /// Stores fewer than eight floats.
    @inline(__always) func storeTail(_ value: F8, _ index: Int, _ count: Int) {
        for lane in 0..<count { self[index + lane] = value[lane] }
    }

    /// Replaces `count` floats by a function of each, eight at a time.
    @inline(__always) func transform(_ count: Int, _ body: (F8) -> F8) {
        var index = 0
        while index + 8 <= count {
            store(body(load(index)), index)
            index += 8
        }
        if index < count { storeTail(body(loadTail(index, count - index, padding: 0)), index, count - index) }
    }
}

/// e to the x, within 2 units in the last place; 0 below -87.3, and no infinity: arguments end at 88.
@inline(__always) func exponential(_ x: F8) -> F8 {
    // Adding and subtracting 1.5 * 2^23 rounds to an integer without an instruction for it.
    let magic: Float = 12_582_912
    let clamped = x.clamped(lowerBound: F8(repeating: -87.3), upperBound: F8(repeating: 88))
    let shifted = clamped * 1.442_695_04 + magic
    let n = shifted - magic
    // ln 2 in two parts, the first exact in few bits, so that the remainder keeps its low bits.
    let r = clamped - n * 0.693_359_375 + n * 2.121_944_4e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_95e-3
    p = p * r + 8.333_451_9e-3
    p = p * r + 4.166_579_6e-2
    p = p * r + 1.666_666_55e-1
    p = p * r + 5.000_000_1e-1
    let mantissa = p * r * r + r + 1
    let exponent = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &- magic.bitPattern
    let power = unsafeBitCast((exponent &+ 127) &<< 23, to: F8.self)
    return (mantissa * power).replacing(with: 0, where: x .< F8(repeating: -87.3))
}

/// The sum of `left[i] * right[i]`, in eight lanes of two accumulators.
@inline(__always) func dotProduct(
    _ left: UnsafeMutablePointer<Float>, _ right: UnsafeMutablePointer<Float>, _ count: Int
) -> Float {
    var (first, second) = (F8(repeating: 0), F8(repeating: 0))
    var index = 0
    while index + 16 <= count {
        first += left.load(index) * right.load(index)
        second += left.load(index + 8) * right.load(index + 8)
        index += 16
    }
    var sum = (first + second).sum()
    while index < count {
        sum += left[index] * right[index]
        index += 1
    }
    return sum
}
