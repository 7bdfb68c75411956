import Platform

/// Reads the payload of one floating point tensor of a mapped file as single precision numbers.
struct FloatReader {
    let file: MappedFile
    let tensor: TensorInfo

    func array() -> [Float] {
        // The format readers have checked that the payload lies inside the file, so this is bounded by it.
        return [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
            widen(into: UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount]))
            count = tensor.elementCount
        }
    }

    func read(into destination: UnsafeMutableBufferPointer<Float>) throws(FileError) {
        guard destination.count == tensor.elementCount else {
            throw FileError(
                TensorProblem.elementCount(
                    name: tensor.name, expected: destination.count, got: tensor.elementCount),
                path: file.path)
        }
        widen(into: destination)
    }

    private func widen(into destination: UnsafeMutableBufferPointer<Float>) {
        file.withUnsafeBytes { bytes in
            FloatConversion.widen(
                UnsafeRawBufferPointer(rebasing: bytes[tensor.byteRange]), dtype: tensor.dtype,
                into: destination)
        }
    }
}
