import CheckpointIO
import Testing

@Suite struct TensorGroupTests {
    @Test func `layers count by their numbers`() {
        let names = ["h.10.w", "h.2.w", "h.1.w", "a", "h", "h.2.b", "h.02.w"]
        #expect(
            names.sorted(by: NaturalOrder.precedes) == [
                "a", "h", "h.1.w", "h.02.w", "h.2.b", "h.2.w", "h.10.w",
            ])
    }

    @Test func `tensors of one kind are one entry, and one that differs stands alone`() {
        let tensors =
            [("embed", "F32", [8, 2])]
            + (0..<12).map { ("h.\($0).w", $0 == 5 ? "F16" : "F32", [2, 2]) }
            + [("h.3.b", "F32", [2]), ("h.4.b", "F32", [3]), ("7", "F32", [1])]
        let groups = TensorGroup.groups(tensors.map { (name: $0.0, dtype: $0.1, shape: $0.2) })
        #expect(
            groups.map(\.name) == ["embed", "h.0-4,6-11.w", "h.5.w", "h.3.b", "h.4.b", "7"])
        #expect(groups.map(\.count) == [1, 11, 1, 1, 1, 1])
        #expect(groups.reduce(0) { $0 + $1.count } == tensors.count)
    }
}
