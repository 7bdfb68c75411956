import Synchronization
import TensorCore

/// Scratch memory of matrix products, kept from call to call; passes that run at once have one piece each.
final class ScratchPool: Sendable {
    private let idle = Mutex<[Scratch]>([])

    /// Lends memory for at least so many floats, aligned to a cache line.
    func withMemory(count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let scratch = idle.withLock { $0.popLast() } ?? Scratch()
        scratch.grow(to: count)
        body(scratch.base)
        idle.withLock { $0.append(scratch) }
    }
}

/// Memory that grows.
private final class Scratch: @unchecked Sendable {
    private(set) var base = UnsafeMutablePointer<Float>.allocate(capacity: 0)
    private var count = 0

    func grow(to needed: Int) {
        guard needed > count else { return }
        base.deallocate()
        // Pages are only touched where they are used.
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: needed * MemoryLayout<Float>.stride, alignment: 64)
        base = memory.bindMemory(to: Float.self, capacity: needed)
        count = needed
    }

    deinit { base.deallocate() }
}
