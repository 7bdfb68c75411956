public import JSONCore
public import Platform

/// What a file or directory is, for people and for programs.
public struct Inspection: Sendable {
    /// What the thing turned out to be.
    public enum Kind: String, Sendable {
        case safetensors
        case apr
        case checkpoint
        case model
    }

    /// What the thing turned out to be.
    public let kind: Kind
    /// Everything found, with a `schema_version`.
    public let json: JSONObject
    /// The same as text, line by line.
    public let lines: [String]

    /// Describes a safetensors or APR file, a checkpoint, or a model directory.
    ///
    /// - Parameters:
    ///   - listsTensors: whether lines name every tensor, instead of the layers' together.
    ///   - progress: receives how many of a checkpoint's bytes have been compared with its manifest, and of how many.
    /// - Throws: `FileError` when the path holds none of them, or a file breaks a rule of its format. A
    ///   checkpoint that does not fit its manifest is described, with its problems.
    public static func inspect(
        path: String, listsTensors: Bool = false, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws(FileError) -> Inspection {
        guard let status = try FileStatus.of(path, followingLinks: true) else {
            throw .io(.inspect, errno: notFound, path: path)
        }
        if status.kind == .directory { return try directory(path, listsTensors: listsTensors, progress) }
        let file = try MappedFile(path: path)
        let start = file.withUnsafeBytes { Array($0.prefix(4)) }
        if start.starts(with: "APR".utf8) { return apr(try APRFile(file: file), listsTensors: listsTensors) }
        guard !start.elementsEqual("GGUF".utf8) else {
            throw FileError(CheckpointProblem.unknownKind, path: path)
        }
        return safetensors(try SafetensorsFile(file: file), listsTensors: listsTensors)
    }

    private static func safetensors(_ file: SafetensorsFile, listsTensors: Bool) -> Inspection {
        var description = InspectionBuilder(
            kind: .safetensors, path: file.file.path, listsTensors: listsTensors)
        description.add("size", JSONValue(file.file.byteCount), "\(file.file.byteCount) bytes")
        description.add(
            metadata: JSONObject(file.metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        )
        description.add("checksum", .null, "none in this format; the structure is sound")
        description.add(
            tensors: file.orderedNames.compactMap { file.tensors[$0] }.map {
                InspectedTensor(
                    name: $0.name, dtype: $0.dtype.rawValue, shape: $0.shape, byteCount: $0.byteRange.count)
            })
        return description.inspection
    }

    private static func apr(_ file: APRFile, listsTensors: Bool) -> Inspection {
        var description = InspectionBuilder(kind: .apr, path: file.file.path, listsTensors: listsTensors)
        description.add("size", JSONValue(file.file.byteCount), "\(file.file.byteCount) bytes")
        description.add("version", "2.0", "2.0")
        // Keys that the format requires but that carry no information are left out.
        let told = file.metadata.members.filter { !$0.value.isNull && $0.value != "" }
        description.add(metadata: JSONObject(told.map { ($0.key, $0.value) }))
        let checksums: JSONValue = [
            "header": .string(hex(file.headerChecksum)), "file": .string(hex(file.footerChecksum)),
            "state": "valid",
        ]
        description.add(
            "checksum", checksums,
            "header \(hex(file.headerChecksum)), file \(hex(file.footerChecksum)), both valid")
        description.add(
            tensors: file.orderedNames.compactMap { file.tensors[$0] }.map {
                InspectedTensor(
                    name: $0.name, dtype: $0.dtype.name, shape: $0.shape, byteCount: $0.byteRange.count)
            })
        return description.inspection
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
