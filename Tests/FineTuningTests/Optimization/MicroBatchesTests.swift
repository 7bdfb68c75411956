import FineTuning
import Inference
import TestSupport
import Testing

@Suite struct MicroBatchesTests {
    @Test(arguments: [(64, 4), (10, 100), (1, 1), (1000, 3)])
    func `every sample is in exactly one batch and no batch is over its limits`(_ budget: Int, _ rows: Int) {
        let lengths = [5, 0, 17, 64, 3, 3, 90, 1, 12, 12, 30, 7]
        let batches = MicroBatches.cut(lengths: lengths, tokenBudget: budget, rowLimit: rows)
        #expect(batches.flatMap { $0 }.sorted() == Array(lengths.indices))
        for batch in batches {
            let tokens = batch.reduce(0) { $0 + max(1, lengths[$1]) }
            #expect(batch.count <= rows)
            #expect(tokens <= budget || batch.count == 1)
        }
    }

    @Test func `samples go longest first, equal ones in their order`() {
        let batches = MicroBatches.cut(lengths: [2, 9, 2, 9], tokenBudget: 18, rowLimit: 8)
        #expect(batches == [[1], [3, 0, 2]])
    }

    @Test func `batches are even, and no more than it takes`() {
        let lengths = Array(repeating: 60, count: 17)
        let batches = MicroBatches.cut(lengths: lengths, tokenBudget: 16 * 60, rowLimit: 100)
        #expect(batches.map(\.count) == [9, 8])
    }

    @Test func `no samples make no batches`() {
        #expect(MicroBatches.cut(lengths: [], tokenBudget: 8, rowLimit: 8).isEmpty)
    }
}
