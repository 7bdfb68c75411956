public import Platform

/// A GGUF file: its header, and its tensors' bytes by way of a mapping.
public final class GGUFFile: Sendable {
    /// The mapped file.
    public let file: MappedFile
    /// What the file says about itself.
    public let header: GGUFHeader

    /// Opens a file and checks every rule of the format.
    ///
    /// - Throws: `ImportError` for a broken rule, `FileError` when the file cannot be read.
    public convenience init(path: String, limits: GGUFLimits = GGUFLimits()) throws {
        try self.init(file: try MappedFile(path: path), limits: limits)
    }

    /// Checks every rule of the format in a file that is open.
    package init(file: MappedFile, limits: GGUFLimits = GGUFLimits()) throws {
        self.file = file
        do throws(GGUFError) {
            header = try file.withUnsafeBytes { bytes throws(GGUFError) in
                try GGUFHeader.parse(bytes, limits: limits)
            }
        } catch {
            throw ImportError(.gguf(error), path: file.path)
        }
    }

    /// The path by which the file was opened.
    public var path: String { file.path }

    /// The metadata in the order of the file.
    public var metadata: GGUFMetadata { header.metadata }

    /// The tensors in the order of the file.
    public var tensors: [GGUFTensorInfo] { header.tensors }

    /// The elements of a tensor, row-major.
    ///
    /// - Parameter tensor: one of `tensors`.
    /// - Throws: `ImportError` when the tensor's type is not decoded.
    public func floats(of tensor: GGUFTensorInfo) throws -> [Float] {
        guard tensor.type.isDecodable else {
            throw ImportError(.unsupportedTensorType(tensor: tensor.name, type: tensor.type), path: path)
        }
        precondition(tensor.offset + tensor.byteCount <= file.byteCount, "a tensor of another file")
        return decode(tensor)
    }

    /// The elements of a tensor whose type is known to be decodable.
    func decode(_ tensor: GGUFTensorInfo) -> [Float] {
        return [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
            file.withUnsafeBytes { bytes in
                let stored = bytes[tensor.offset..<tensor.offset + tensor.byteCount]
                Dequantization.decode(
                    UnsafeRawBufferPointer(rebasing: stored), type: tensor.type,
                    into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount]))
            }
            count = tensor.elementCount
        }
    }
}
