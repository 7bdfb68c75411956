import CheckpointIO
import ModelImport
import Platform

/// Files of tensors.
enum WeightFiles {
    static func safetensors(_ bytes: [UInt8]) {
        guard let file = try? SafetensorsFile(file: MappedFile(bytes: bytes, path: "f")) else { return }
        for name in file.orderedNames {
            guard let tensor = try? file.tensor(name), let values = try? file.floats(of: name) else {
                continue
            }
            precondition(values.count == tensor.elementCount)
        }
    }

    static func shardIndex(_ bytes: [UInt8]) {
        guard let index = try? ShardIndex(file: MappedFile(bytes: bytes, path: "f")) else { return }
        precondition(index.shards.allSatisfy(FileName.isPlain))
    }

    /// An odd first byte keeps the checksums. Otherwise they are repaired, so that the input gets past them.
    static func apr(_ bytes: [UInt8]) {
        guard let choice = bytes.first else { return }
        var image = Array(bytes.dropFirst())
        if choice % 2 == 0 { repairChecksums(&image) }
        guard let file = try? APRFile(file: MappedFile(bytes: image, path: "f")) else { return }
        for name in file.orderedNames {
            guard let values = try? file.floats(of: name), let tensor = try? file.tensor(name) else {
                continue
            }
            precondition(values.count == tensor.elementCount)
        }
    }

    private static func repairChecksums(_ bytes: inout [UInt8]) {
        guard bytes.count >= 68 else { return }
        store(checksum(Array(bytes[..<40] + bytes[44..<64])), at: 40, in: &bytes)
        store(checksum(Array(bytes.dropLast(4))), at: bytes.count - 4, in: &bytes)
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32.checksum($0) } }

    private static func store(_ value: UInt32, at start: Int, in bytes: inout [UInt8]) {
        for offset in 0..<4 { bytes[start + offset] = UInt8(truncatingIfNeeded: value >> (8 * offset)) }
    }

    static func gguf(_ bytes: [UInt8]) {
        guard let file = try? GGUFFile(file: MappedFile(bytes: bytes, path: "f")) else { return }
        file.file.withUnsafeBytes { bytes in
            for tensor in file.tensors where tensor.type.isDecodable {
                var floats = [Float](repeating: 0, count: tensor.elementCount)
                floats.withUnsafeMutableBufferPointer {
                    Dequantization.decode(
                        UnsafeRawBufferPointer(
                            rebasing: bytes[tensor.offset..<tensor.offset + tensor.byteCount]),
                        type: tensor.type, into: $0)
                }
            }
        }
        // What is behind the header: tokenizer and plan of the conversion.
        _ = try? GGUFImporter.check(file)
    }
}
