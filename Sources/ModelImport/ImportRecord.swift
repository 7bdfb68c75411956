import JSONCore
import Platform

/// `apr_import.json`, which marks a complete import.
struct ImportRecord: Sendable {
    static let fileName = "apr_import.json"
    private static let schemaVersion = 1

    let sourceName: String
    let sourceByteCount: Int
    let sourceSHA256: String
    let architecture: String
    let dtype: String
    let tensorTypes: [(name: String, count: Int)]
    /// The other files of the directory and their sizes.
    let files: [(name: String, byteCount: Int)]

    var json: JSONObject {
        [
            "schema_version": JSONValue(Self.schemaVersion),
            "source": [
                "name": JSONValue(sourceName), "byte_count": JSONValue(sourceByteCount),
                "sha256": JSONValue(sourceSHA256),
            ],
            "architecture": JSONValue(architecture),
            "dtype": JSONValue(dtype),
            "tensor_types": JSONValue(JSONObject(tensorTypes.map { ($0.name, JSONValue($0.count)) })),
            "files": JSONValue(JSONObject(files.map { ($0.name, JSONValue($0.byteCount)) })),
        ]
    }

    /// The record in a directory; nil when there is none that this version understands.
    init?(directory: String) {
        let path = directory.appendingComponent(Self.fileName)
        guard let file = try? MappedFile(path: path, limit: 1 << 20),
            let value = try? file.withUnsafeBytes({ try JSONParser.parse($0) }),
            value["schema_version"]?.int == Self.schemaVersion,
            let sourceName = value["source"]?["name"]?.string,
            let sourceByteCount = value["source"]?["byte_count"]?.int,
            let sourceSHA256 = value["source"]?["sha256"]?.string,
            let architecture = value["architecture"]?.string,
            let dtype = value["dtype"]?.string,
            let tensorTypes = Self.counts(value["tensor_types"]),
            let files = Self.counts(value["files"])
        else { return nil }
        self.init(
            sourceName: sourceName, sourceByteCount: sourceByteCount, sourceSHA256: sourceSHA256,
            architecture: architecture, dtype: dtype, tensorTypes: tensorTypes.map { ($0, $1) },
            files: files.map { ($0, $1) })
    }

    init(
        sourceName: String, sourceByteCount: Int, sourceSHA256: String, architecture: String, dtype: String,
        tensorTypes: [(name: String, count: Int)], files: [(name: String, byteCount: Int)]
    ) {
        self.sourceName = sourceName
        self.sourceByteCount = sourceByteCount
        self.sourceSHA256 = sourceSHA256
        self.architecture = architecture
        self.dtype = dtype
        self.tensorTypes = tensorTypes
        self.files = files
    }

    private static func counts(_ value: JSONValue?) -> [(String, Int)]? {
        guard let object = value?.object else { return nil }
        var result: [(String, Int)] = []
        for member in object {
            guard let count = member.value.int else { return nil }
            result.append((member.key, count))
        }
        return result
    }

    /// Whether the directory still has every file of the import in its size.
    func matches(directory: String) -> Bool {
        !files.isEmpty
            && files.allSatisfy { name, byteCount in
                let path = directory.appendingComponent(name)
                let status = try? FileStatus.of(path, followingLinks: true)
                return status?.kind == .file && status?.byteCount == byteCount
            }
    }
}
