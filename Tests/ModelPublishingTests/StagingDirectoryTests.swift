import ModelPublishing
import Platform
import Testing

struct StagingDirectoryTests {
    @Test func `a staging directory is removed with its content when its object is released`() throws {
        var staging: StagingDirectory? = try StagingDirectory()
        let path = try #require(staging).path
        try DiskFileSystem().makeDirectory(path + "/merged")
        #expect(access(path + "/merged", F_OK) == 0)
        staging = nil
        #expect(access(path, F_OK) != 0)
    }

    /// A signal ends the program while its other threads go on for some milliseconds.
    @Test func `no staging directory is made once all have been removed`() async {
        await #expect(processExitsWith: .success) {
            let staging = try StagingDirectory()
            try DiskFileSystem().makeDirectory(staging.path + "/merged")
            StagingDirectory.removeAll()
            #expect(access(staging.path, F_OK) != 0)
            #expect(throws: CancellationError.self) { try StagingDirectory() }
        }
    }
}
