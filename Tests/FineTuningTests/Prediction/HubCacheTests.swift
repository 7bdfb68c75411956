import FineTuning
import TestSupport
import Testing

@Suite struct HubCacheTests {
    @Test(arguments: [
        "", "a/b/c", "../x", "a/..", "/etc", "a b", "a//b", ".", "a/\u{301}",
    ])
    func `what is no id is not looked for`(_ id: String) {
        #expect(HubCache.snapshot(of: id) == nil)
    }
}
