import Platform
import TensorCore

/// Scratch memory of matrix products, reused between calls; concurrent passes have one piece each.
final class ScratchPool: Sendable {
    private let idle = Locked<[Scratch]>([])

    /// Lends memory for at least this many floats, aligned to a cache line.
    func withMemory(count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        let scratch = idle.withLock { $0.popLast() } ?? Scratch()
        body(scratch.floats(count))
        idle.withLock { $0.append(scratch) }
    }
}

/// Memory that grows.
private final class Scratch: @unchecked Sendable {
    private var memory: UnsafeMutableRawPointer?
    private var count = 0

    /// Memory for at least this many floats; growing loses its content.
    func floats(_ needed: Int) -> UnsafeMutablePointer<Float> {
        if memory == nil || needed > count {
            free(memory)
            memory = LargePages.allocate(byteCount: needed * MemoryLayout<Float>.stride)
            count = needed
        }
        guard let memory else { preconditionFailure("no memory for \(needed) floats of scratch") }
        return memory.assumingMemoryBound(to: Float.self)
    }

    deinit { free(memory) }
}
