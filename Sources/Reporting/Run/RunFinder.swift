import Platform

/// Finds runs under a directory.
public enum RunFinder {
    /// The directories of runs, in the order of their paths.
    ///
    /// - Parameters:
    ///   - directory: where to look; may be a run itself.
    ///   - depth: how many levels down.
    /// - Throws: `FileError` when the directory itself cannot be read.
    public static func runs(under directory: String, depth: Int = 4) throws -> [String] {
        let directory = directory.withoutTrailingSlashes
        let names = try Directory.names(in: directory)
        if names.contains("run.json") || names.contains("metrics.jsonl") { return [directory] }
        guard depth > 0 else { return [] }
        return names.filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = directory == "." ? name : directory.appendingComponent(name)
            // A link could lead in a circle; a directory that cannot be read holds no run for this user.
            guard let status = try? FileStatus.of(path, followingLinks: false), status.kind == .directory
            else {
                return []
            }
            return (try? runs(under: path, depth: depth - 1)) ?? []
        }
    }
}
