import CheckpointIO
import Platform

/// Decodes tensors piece by piece, so that memory does not grow with the model.
struct TensorWriter {
    /// Floats decoded at a time: about a megabyte, or one row if that is longer.
    private static let chunkLength = 1 << 18

    let file: MappedFile
    let dtype: ImportDType
    /// Called after every piece with the number of source bytes it was made of.
    let advance: (Int) -> Void

    /// Writes a tensor's numbers, little-endian and row-major.
    ///
    /// - Throws: `ImportError` if one of them is a NaN or an infinity.
    func write(_ tensor: PlannedTensor, to sink: inout some ByteSink) throws {
        let source = tensor.source
        let rowLength = source.rowLength
        let rowCount = source.elementCount / rowLength
        let rowsAtOnce = max(1, min(rowCount, Self.chunkLength / rowLength))
        let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: rowsAtOnce * rowLength)
        defer { floats.deallocate() }
        let bytes = file.unsafeBytes
        var start = 0
        while start < rowCount {
            let rows = start..<min(rowCount, start + rowsAtOnce)
            decode(rows, of: tensor, in: bytes, into: floats)
            let decoded = UnsafeBufferPointer(rebasing: floats[..<(rows.count * rowLength)])
            guard decoded.isFinite(asBFloat16: dtype == .bfloat16) else {
                throw ImportError(.notFinite(tensor: source.name), path: file.path)
            }
            try write(floats[..<(rows.count * rowLength)], to: &sink)
            advance(rows.count * source.rowByteCount)
            start = rows.upperBound
        }
    }

    private func decode(
        _ rows: Range<Int>, of tensor: PlannedTensor, in bytes: UnsafeRawBufferPointer,
        into floats: UnsafeMutableBufferPointer<Float>
    ) {
        let source = tensor.source
        func decode(_ count: Int, from row: Int, to target: Int) {
            let start = source.offset + row * source.rowByteCount
            let stored = bytes[start..<start + count * source.rowByteCount]
            let targetStart = target * source.rowLength
            Dequantization.decode(
                UnsafeRawBufferPointer(rebasing: stored), type: source.type,
                into: UnsafeMutableBufferPointer(
                    rebasing: floats[targetStart..<targetStart + count * source.rowLength]))
        }
        if tensor.interleavedHeads == nil {
            decode(rows.count, from: rows.lowerBound, to: 0)
        } else {
            for row in rows { decode(1, from: tensor.sourceRow(of: row), to: row - rows.lowerBound) }
        }
    }

    private func write(
        _ floats: Slice<UnsafeMutableBufferPointer<Float>>, to sink: inout some ByteSink
    ) throws {
        let floats = UnsafeMutableBufferPointer(rebasing: floats)
        switch dtype {
        case .float32:
            // Swaps the bytes on a big-endian machine; does nothing on others.
            floats.withMemoryRebound(to: UInt32.self) { words in
                for index in words.indices { words[index] = words[index].littleEndian }
            }
            try sink.write(UnsafeRawBufferPointer(floats))
        case .bfloat16:
            let halves = floats.map { BFloat16.bits(of: $0).littleEndian }
            let outcome = halves.withUnsafeBytes { bytes in
                Result { () throws(FileError) in try sink.write(bytes) }
            }
            try outcome.get()
        }
    }
}
