import Foundation
import HuggingFaceCache
import TestSupport
import Testing

@Suite struct HubCacheTests {
    private static let commit = "0123456789abcdef0123456789abcdef01234567"

    @Test(arguments: [
        "", "a/b/c", "../x", "a/..", "/etc", "a b", "a//b", ".", "a/\u{301}",
    ])
    func `what is no id has no folder`(_ id: String) {
        #expect(HubCache(directory: "/nowhere").model(id) == nil)
        #expect(HubCache(directory: "/nowhere").snapshot(of: id) == nil)
    }

    @Test func `a snapshot is found by branch, tag and commit, and its path names model and revision`() throws
    {
        let directory = try TemporaryDirectory()
        let cache = HubCache(directory: directory.path)
        let model = try #require(cache.model("me/tiny-base"))
        #expect(model.folderName == "models--me--tiny-base")
        let snapshot = model.snapshot(Self.commit)
        for folder in [snapshot, model.folder + "/refs/branches"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try Data(Self.commit.utf8).write(to: URL(filePath: model.reference("main")))
        try Data("\(Self.commit)\n".utf8).write(to: URL(filePath: model.reference("branches/new")))
        try Data("not a commit".utf8).write(to: URL(filePath: model.reference("broken")))

        #expect(cache.snapshot(of: "me/tiny-base") == snapshot)
        for revision in [Self.commit, "main", "branches/new"] {
            #expect(cache.snapshot(of: "me/tiny-base", revision: revision) == snapshot, "\(revision)")
        }
        for revision in ["broken", "other", "", "../refs/main", String(repeating: "0", count: 40)] {
            #expect(cache.snapshot(of: "me/tiny-base", revision: revision) == nil, "\(revision)")
        }
        let found = try #require(HubCache.modelAndRevision(ofSnapshot: snapshot))
        #expect(found.id == "me/tiny-base")
        #expect(found.revision == Self.commit)
    }

    @Test(arguments: [
        "/a/b/c", "/models--a--b/blobs/x", "/models--a--b--c/snapshots/x", "/models--/snapshots/x",
    ])
    func `other directories are no snapshots`(_ path: String) {
        #expect(HubCache.modelAndRevision(ofSnapshot: path) == nil)
    }

    @Test func `an empty variable counts as none`() {
        let variables = ["HF_HUB_CACHE": "", "HF_HOME": "", "XDG_CACHE_HOME": "", "HOME": "/u"]
        #expect(HubCache(in: { variables[$0] })?.directory == "/u/.cache/huggingface/hub")
        #expect(HubCache(in: { _ in nil }) == nil)
    }
}
