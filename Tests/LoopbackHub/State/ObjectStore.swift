import Crypto
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The large objects on disk, and the uploads in parts that are not complete yet.
actor ObjectStore {
    struct Object: Sendable {
        var path: String
        var size: Int
        /// The actual hash of the bytes, which may differ from the uploader's.
        var sha256: String
        var etag: String
    }

    struct Upload: Sendable {
        var key: String
        var path: String
        var size: Int
        var partSize: Int
        var etags: [Int: String] = [:]

        var partCount: Int { (size + partSize - 1) / partSize }
        func length(of part: Int) -> Int { min(partSize, size - (part - 1) * partSize) }
    }

    private let directory: String
    private(set) var objects: [String: Object] = [:]
    private(set) var uploads: [String: Upload] = [:]

    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    func clear() {
        for object in objects.values { unlink(object.path) }
        for upload in uploads.values { unlink(upload.path) }
        objects = [:]
        uploads = [:]
    }

    nonisolated func newPath() -> String {
        directory + "/" + UUID().uuidString
    }

    func put(_ object: Object, key: String) {
        if let old = objects[key] { unlink(old.path) }
        objects[key] = object
    }

    func remove(_ key: String) {
        if let old = objects.removeValue(forKey: key) { unlink(old.path) }
    }

    /// Forgets what a repository kept here.
    func removeAll(of repository: Int) {
        for key in objects.keys where key.hasPrefix("\(repository)/") { remove(key) }
    }

    /// An object whose content is what its key says, of the size said; anything else counts as absent.
    func good(_ key: String, oid: String, size: Int) -> Object? {
        guard let object = objects[key], object.sha256 == oid, object.size == size else { return nil }
        return object
    }

    func begin(key: String, size: Int, partSize: Int) -> String {
        let id = UUID().uuidString.lowercased()
        uploads[id] = Upload(key: key, path: newPath(), size: size, partSize: partSize)
        return id
    }

    func setETag(_ etag: String, part: Int, upload: String) {
        uploads[upload]?.etags[part] = etag
    }

    /// Puts the parts together.
    /// - Throws: `Refusal` if a part is missing, is named twice or has another ETag.
    func complete(_ id: String, key: String, parts: [(number: Int, etag: String)]) async throws {
        guard let upload = uploads[id], upload.key == key else { throw Refusal(404, "NoSuchUpload") }
        guard parts.map(\.number) == Array(1...upload.partCount) else {
            throw Refusal(400, "InvalidPartOrder: the parts must be 1 to \(upload.partCount), in order")
        }
        for part in parts where upload.etags[part.number] != part.etag {
            throw Refusal(400, "InvalidPart: part \(part.number) was not found or its ETag does not match")
        }
        // Other requests must not wait for a large file's hash.
        let sha256 = try await Self.sha256Aside(path: upload.path)
        guard uploads[id] != nil else { throw Refusal(404, "NoSuchUpload") }
        put(
            Object(path: upload.path, size: upload.size, sha256: sha256, etag: "\"\(id)-\(parts.count)\""),
            key: key)
        uploads[id] = nil
    }

    @concurrent
    private static func sha256Aside(path: String) async throws -> String { try sha256(path: path) }

    static func sha256(path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Refusal(500, "stored parts cannot be read")
        }
        var hash = SHA256()
        while let data = try file.read(upToCount: 1 << 20), !data.isEmpty { hash.update(data: data) }
        return hex(hash.finalize())
    }
}
