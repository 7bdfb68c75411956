import BackendCPU
import Dispatch
import Foundation
import Platform
import TensorCore
import TestSupport
import Testing

@Suite struct WorkerPoolTests {
    /// The state of a call's items.
    private struct Progress {
        var times = Array(repeating: 0, count: 40)
        var hasBegun = false
        var hasWaited = false
        /// Whether a thread of the pool has run an item.
        var isHelped = false
    }

    /// The first item that a caller runs itself ends when all calls have started and this one has had help: a call
    /// that gets no help blocks the test.
    @Test(arguments: [(1, 2), (2, 3), (3, 2)])
    func `Callers that overlap all get help`(workers: Int, callers: Int) throws {
        let pool = try #require(WorkerPool(workers: workers))
        let calls = Locked(Array(repeating: Progress(), count: callers))
        let group = DispatchGroup()
        for caller in 0..<callers {
            group.enter()
            Thread.detachNewThread {
                pool.run(40) { item, thread in
                    let waits = calls.withLock { calls -> Bool in
                        calls[caller].times[item] += 1
                        calls[caller].hasBegun = true
                        if thread != 0 { calls[caller].isHelped = true }
                        defer { if thread == 0 { calls[caller].hasWaited = true } }
                        return thread == 0 && !calls[caller].hasWaited
                    }
                    let end = ContinuousClock.now + .seconds(20)
                    while waits, ContinuousClock.now < end {
                        if calls.withLock({ $0[caller].isHelped && $0.allSatisfy(\.hasBegun) }) { break }
                        Thread.sleep(forTimeInterval: 0.001)
                    }
                }
                group.leave()
            }
        }
        group.wait()
        for call in calls.withLock({ $0 }) {
            #expect(call.times.allSatisfy { $0 == 1 })
            #expect(call.isHelped)
        }
    }

    @Test func `Products of several callers are those of one`() throws {
        let backend = CPUBackend(threads: 3)
        let left = try backend.randomTensor(rows: 70, columns: 200, "left")
        let right = try backend.randomTensor(rows: 300, columns: 200, "right")
        @Sendable func product() throws -> [Float] {
            let output = try backend.emptyTensor(rows: 70, columns: 300)
            backend.matmul(
                left, transposeLeft: false, right, transposeRight: true, alpha: 1, beta: 0, output: output)
            return backend.values(of: output)
        }
        let expected = try product()
        let found = Locked<[[Float]]>([])
        DispatchQueue.concurrentPerform(iterations: 40) { _ in
            guard let values = try? product() else { return }
            found.withLock { $0.append(values) }
        }
        #expect(found.withLock { $0 } == Array(repeating: expected, count: 40))
    }
}
