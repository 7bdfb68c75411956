import FileHashing
package import JSONCore
import Platform

/// The part of `run.json`, the record of a run, that prediction reads.
package enum RunDocument {
    /// The file's name in a run directory.
    package static let fileName = "run.json"
    private static let sizeLimit = 16 << 20

    /// The directory of a run's base model when it was started; nil when the document is missing or damaged.
    package static func baseDirectory(run directory: String) -> String? {
        guard let file = try? MappedFile(path: directory.appendingComponent(fileName), limit: sizeLimit),
            let object = (try? file.withUnsafeBytes { try JSONParser.parse($0) })?.object,
            let digest = object["digest"]?.string, utf8Equal(digest, self.digest(of: object))
        else { return nil }
        return object["base_directory"]?.string
    }

    /// The SHA-256 of the document's canonical JSON without its `digest`.
    package static func digest(of object: JSONObject) -> String {
        var content = object
        content["digest"] = nil
        return FileHash.sha256(of: Array(JSONValue.object(content).encoded(.canonical).utf8))
    }
}
