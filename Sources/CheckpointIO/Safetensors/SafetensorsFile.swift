/// A safetensors file, mapped and fully checked before the first look-up.
public final class SafetensorsFile: Sendable {
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
    /// - Throws: `CheckpointError` naming the rule that is broken.
    public convenience init(path: String) throws(CheckpointError) {
        try self.init(file: try MappedFile(path: path))
    }

    /// Reads a file that is mapped already.
    public init(file: MappedFile) throws(CheckpointError) {
        let header: SafetensorsHeader
        do throws(SafetensorsRule) {
            header = try file.withUnsafeBytes { bytes throws(SafetensorsRule) in
                try SafetensorsHeader(file: bytes)
            }
        } catch {
            throw CheckpointError(.safetensors(error.problem), path: file.path)
        }
        var tensors: [String: TensorInfo] = [:]
        tensors.reserveCapacity(header.tensors.count)
        for tensor in header.tensors {
            // Names that differ in bytes may still be one key to a Swift dictionary.
            guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
                throw CheckpointError(.safetensors(.ambiguousName(tensor.name)), path: file.path)
            }
        }
        self.file = file
        self.tensors = tensors
        metadata = header.metadata
        orderedNames =
            header.tensors
            .sorted {
                ($0.byteRange.lowerBound, $0.byteRange.upperBound)
                    < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
            }
            .map(\.name)
    }

    /// Where a tensor lies.
    ///
    /// - Throws: `CheckpointError` when there is no tensor of this name.
    public func tensor(_ name: String) throws(CheckpointError) -> TensorInfo {
        guard let tensor = tensors[name] else {
            throw CheckpointError(.tensor(.missing(name: name)), path: file.path)
        }
        return tensor
    }

    /// Lends the payload of a tensor; the pointer is valid during the call only and may be unaligned.
    public func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let range = try tensor(name).byteRange
        return try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// The elements of a floating point tensor, row-major, widened to single precision.
    ///
    /// - Throws: `CheckpointError` when the tensor is missing or not F32, F16, BF16 or F64.
    public func floats(of name: String) throws(CheckpointError) -> [Float] {
        try FloatReader(file: file, tensor: try tensor(name)).array()
    }

    /// Widens the elements of a floating point tensor into memory of the caller.
    ///
    /// - Throws: `CheckpointError` when the tensor is missing, not floating point, or of another size.
    public func read(
        _ name: String, into destination: UnsafeMutableBufferPointer<Float>
    ) throws(CheckpointError) {
        try FloatReader(file: file, tensor: try tensor(name)).read(into: destination)
    }
}
