public import Platform

/// What a file says of one tensor.
public protocol TensorEntry: Sendable {
    /// The tensor's name.
    var name: String { get }
    /// The bytes of its payload in the file.
    var byteRange: Range<Int> { get }
    /// The same for a reader of numbers, or nil when the elements are of a type that is only moved as bytes.
    var readable: TensorInfo? { get }
    /// The element type as the format spells it.
    var typeName: String { get }
}

/// A mapped file of named tensors, fully checked before the first look-up.
public protocol TensorFile: Sendable {
    associatedtype Entry: TensorEntry
    /// The mapped file; keep it alive as long as pointers into it are in use.
    var file: MappedFile { get }
    /// The tensors by name.
    var tensors: [String: Entry] { get }
}

extension TensorFile {
    /// What a tensor is and where it lies.
    ///
    /// - Throws: `FileError` when there is no tensor of this name.
    public func tensor(_ name: String) throws(FileError) -> Entry {
        guard let tensor = tensors[name] else {
            throw FileError(TensorProblem.missing(name: name), path: file.path)
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
    /// - Throws: `FileError` when the tensor is missing or of a type that cannot be widened.
    public func floats(of name: String) throws(FileError) -> [Float] {
        FloatReader(file: file, tensor: try readable(name)).array()
    }

    /// Widens the elements of a floating point tensor into memory of the caller.
    ///
    /// - Throws: `FileError` when the tensor is missing, of a type that cannot be widened, or of another size.
    public func read(
        _ name: String, into destination: UnsafeMutableBufferPointer<Float>
    ) throws(FileError) {
        try FloatReader(file: file, tensor: try readable(name)).read(into: destination)
    }

    /// A tensor that can be widened.
    func readable(_ name: String) throws(FileError) -> TensorInfo {
        let tensor = try tensor(name)
        guard let readable = tensor.readable else {
            throw FileError(
                TensorProblem.notFloatingPoint(name: name, dtype: tensor.typeName), path: file.path)
        }
        return readable
    }

    /// Tensors by name.
    ///
    /// - Throws: what `refusal` makes of a name that stands twice. Names that differ in bytes may still be one key
    ///   to a Swift dictionary.
    static func index(
        _ tensors: [Entry], refusal: (String) -> FileError
    ) throws(FileError) -> [String: Entry] {
        var index: [String: Entry] = [:]
        index.reserveCapacity(tensors.count)
        for tensor in tensors {
            guard index.updateValue(tensor, forKey: tensor.name) == nil else { throw refusal(tensor.name) }
        }
        return index
    }
}
