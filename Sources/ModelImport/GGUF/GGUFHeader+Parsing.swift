extension GGUFHeader {
    /// Reads the header of a GGUF file.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - limits: what to accept.
    /// - Throws: `GGUFError`, for the first rule that the bytes break. Any bytes are safe to give.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: GGUFLimits = GGUFLimits()
    ) throws(GGUFError) -> GGUFHeader {
        var cursor = GGUFCursor(bytes, limits: limits)
        let version = try cursor.version()
        let tensorCount = try cursor.count(limit: limits.tensorCount, for: "tensor count")
        let metadataCount = try cursor.count(limit: limits.metadataCount, for: "metadata count")
        let metadata = try cursor.metadata(count: metadataCount)
        let alignment = try cursor.alignment(in: metadata)
        let descriptions = try cursor.tensorDescriptions(count: tensorCount)

        // A file without tensors may end before the boundary.
        let dataOffset = (cursor.offset + alignment - 1) & ~(alignment - 1)
        let available = max(0, bytes.count - dataOffset)
        var tensors: [GGUFTensorInfo] = []
        tensors.reserveCapacity(descriptions.count)
        for description in descriptions {
            tensors.append(
                try description.placed(dataOffset: dataOffset, available: available, alignment: alignment))
        }
        try checkOverlap(tensors)
        return GGUFHeader(
            version: version, metadata: metadata, tensors: tensors, alignment: alignment,
            dataOffset: dataOffset)
    }

    private static func checkOverlap(_ tensors: [GGUFTensorInfo]) throws(GGUFError) {
        let ordered = tensors.sorted { $0.offset < $1.offset }
        for (first, second) in zip(ordered, ordered.dropFirst())
        where first.offset + first.byteCount > second.offset {
            throw GGUFError(.overlappingTensors(first.name, second.name), at: second.offset)
        }
    }
}

/// A tensor's description as it stands in the file.
struct GGUFTensorDescription {
    let name: String
    let shape: [Int]
    let type: GGUFTensorType
    let byteCount: Int
    let relativeOffset: UInt64
    let start: Int

    func placed(dataOffset: Int, available: Int, alignment: Int) throws(GGUFError) -> GGUFTensorInfo {
        guard relativeOffset % UInt64(alignment) == 0 else {
            throw GGUFError(.misalignedTensor(name, offset: relativeOffset, alignment: alignment), at: start)
        }
        guard byteCount <= available, relativeOffset <= UInt64(available - byteCount) else {
            throw GGUFError(
                .tensorOutOfBounds(name, offset: relativeOffset, byteCount: byteCount, available: available),
                at: start)
        }
        return GGUFTensorInfo(
            name: name, shape: shape, type: type, offset: dataOffset + Int(relativeOffset),
            byteCount: byteCount)
    }
}

extension GGUFCursor {
    fileprivate mutating func version() throws(GGUFError) -> Int {
        // "GGUF" read as a little-endian number.
        guard try integer(UInt32.self, for: "the magic number") == 0x4655_4747 else {
            throw GGUFError(.wrongMagic, at: 0)
        }
        let version = try integer(UInt32.self, for: "the version")
        // A small number in the high half means the other byte order.
        guard version & 0xFFFF != 0 || version == 0 else { throw GGUFError(.bigEndian, at: 4) }
        guard version == 2 || version == 3 else { throw GGUFError(.unsupportedVersion(version), at: 4) }
        return Int(version)
    }

    fileprivate mutating func alignment(in metadata: GGUFMetadata) throws(GGUFError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard case .uint32(let alignment) = value, alignment.nonzeroBitCount == 1, alignment <= 1 << 20 else {
            throw error(.invalidAlignment(value.int.map(String.init) ?? "of type \(value.typeName)"))
        }
        return Int(alignment)
    }

    fileprivate mutating func tensorDescriptions(
        count: UInt64
    ) throws(GGUFError) -> [GGUFTensorDescription] {
        // The least a description takes: an empty name, one dimension, type and offset.
        try require(count, of: 8 + 4 + 8 + 4 + 8, for: "the tensor descriptions")
        var descriptions: [GGUFTensorDescription] = []
        descriptions.reserveCapacity(Int(count))
        var names: Set<ByteString> = []
        for _ in 0..<count {
            let description = try tensorDescription()
            guard names.insert(ByteString(description.name)).inserted else {
                throw GGUFError(.duplicateTensor(description.name), at: description.start)
            }
            descriptions.append(description)
        }
        return descriptions
    }

    private mutating func tensorDescription() throws(GGUFError) -> GGUFTensorDescription {
        let start = offset
        let name = try string(limit: limits.tensorNameLength, for: "a tensor name")
        let rank = try integer(UInt32.self, for: "the dimensions of tensor \"\(name)\"")
        guard (1...4).contains(rank) else {
            throw GGUFError(.invalidRank(tensor: name, rank: rank), at: start)
        }
        var shape: [Int] = []
        for _ in 0..<rank {
            let dimension = try integer(UInt64.self, for: "the dimensions of tensor \"\(name)\"")
            guard dimension != 0 else { throw GGUFError(.emptyDimension(tensor: name), at: start) }
            guard let length = Int(exactly: dimension) else {
                throw GGUFError(.sizeOverflow(tensor: name), at: start)
            }
            shape.insert(length, at: 0)
        }
        let rawType = try integer(UInt32.self, for: "the type of tensor \"\(name)\"")
        guard let type = GGUFTensorType(rawValue: rawType) else {
            throw GGUFError(.unknownTensorType(rawType, tensor: name), at: start)
        }
        let rowLength = shape[shape.count - 1]
        guard rowLength % type.blockLength == 0 else {
            throw GGUFError(.partialBlock(tensor: name, rowLength: rowLength, type: type), at: start)
        }
        var elementCount = 1
        for length in shape {
            let (product, overflow) = elementCount.multipliedReportingOverflow(by: length)
            guard !overflow else { throw GGUFError(.sizeOverflow(tensor: name), at: start) }
            elementCount = product
        }
        let (byteCount, overflow) = (elementCount / type.blockLength)
            .multipliedReportingOverflow(by: type.blockByteCount)
        guard !overflow else { throw GGUFError(.sizeOverflow(tensor: name), at: start) }
        let relativeOffset = try integer(UInt64.self, for: "the offset of tensor \"\(name)\"")
        return GGUFTensorDescription(
            name: name, shape: shape, type: type, byteCount: byteCount, relativeOffset: relativeOffset,
            start: start)
    }
}
