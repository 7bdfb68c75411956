public import Platform

/// A safetensors file, mapped and fully checked before the first look-up.
public final class SafetensorsFile: TensorFile {
    /// The mapped file; keep it alive as long as pointers into it are in use.
    public let file: MappedFile
    /// The tensors by name.
    public let tensors: [String: TensorInfo]
    /// The names in the order of the payloads in the file.
    public let orderedNames: [String]
    /// The file's metadata, such as `format`.
    public let metadata: [String: String]

    /// Opens a file and checks every rule of the format.
    ///
    /// - Throws: `FileError` naming the rule that is broken.
    public convenience init(path: String) throws(FileError) {
        try self.init(file: try MappedFile(path: path))
    }

    /// Reads a file that is mapped already.
    public init(file: MappedFile) throws(FileError) {
        let header: SafetensorsHeader
        do throws(SafetensorsRule) {
            header = try file.withUnsafeBytes { bytes throws(SafetensorsRule) in
                try SafetensorsHeader(file: bytes)
            }
        } catch {
            throw FileError(error.problem, path: file.path)
        }
        tensors = try Self.index(header.tensors) { name in
            FileError(SafetensorsProblem.ambiguousName(name), path: file.path)
        }
        self.file = file
        metadata = header.metadata
        orderedNames =
            header.tensors
            .sorted {
                ($0.byteRange.lowerBound, $0.byteRange.upperBound)
                    < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
            }
            .map(\.name)
    }
}
