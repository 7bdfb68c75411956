import JSONCore
package import Platform

/// `model.safetensors.index.json`: which shard holds which tensor.
package struct ShardIndex {
    package static let fileName = "model.safetensors.index.json"
    static let sizeLimit = 64 << 20
    static let shardLimit = 4096

    /// Tensor names and their shards, in the order of the index.
    package let entries: [(tensor: String, shard: String)]
    /// The shards, each once, in byte order.
    package let shards: [String]

    init(path: String) throws(FileError) {
        try self.init(file: try MappedFile(path: path, limit: Self.sizeLimit))
    }

    package init(file: MappedFile) throws(FileError) {
        let path = file.path
        func refuse(_ problem: ShardIndexProblem) -> FileError {
            FileError(problem, path: path)
        }
        let document: JSONValue
        do throws(JSONError) {
            document = try file.withUnsafeBytes { bytes throws(JSONError) in
                try JSONParser.parse(bytes, limits: JSONLimits(depth: 16, bytes: Self.sizeLimit))
            }
        } catch {
            throw refuse(.notJSON(error))
        }
        guard let map = document["weight_map"]?.object else {
            throw refuse(.invalidMember("weight_map", expected: "an object"))
        }
        guard !map.isEmpty else { throw refuse(.empty) }

        var entries: [(tensor: String, shard: String)] = []
        entries.reserveCapacity(map.count)
        var shards: Set<String> = []
        for member in map.members {
            guard let shard = member.value.string else {
                throw refuse(.invalidMember("the shard of \"\(member.key)\"", expected: "a string"))
            }
            guard FileName.isPlain(shard) else {
                throw refuse(.outsideDirectory(tensor: member.key, entry: shard))
            }
            entries.append((member.key, shard))
            shards.insert(shard)
        }
        guard shards.count <= Self.shardLimit else {
            throw refuse(.tooManyShards(shards.count, limit: Self.shardLimit))
        }
        self.entries = entries
        self.shards = shards.sorted(by: utf8Precedes)
    }
}
