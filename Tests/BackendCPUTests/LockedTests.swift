import Dispatch
import Platform
import TensorCore
import Testing

@Suite struct LockedTests {
    private struct Refusal: Error {}

    @Test func `threads that change a value take turns`() {
        let counts = Locked<[Int]>([0])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<1_000 { counts.withLock { $0[0] += 1 } }
        }
        #expect(counts.withLock { $0[0] } == 4_000)
    }

    @Test func `an error leaves the lock free`() {
        let count = Locked(0)
        #expect(throws: Refusal.self) {
            try count.withLock { value throws(Refusal) in
                value = 1
                throw Refusal()
            }
        }
        #expect(count.withLock { $0 } == 1)
    }
}
