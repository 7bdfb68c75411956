extension GGUFCursor {
    /// Reads `count` metadata entries.
    mutating func metadata(count: UInt64) throws(GGUFError) -> GGUFMetadata {
        // The least an entry takes: an empty key, a type and one byte.
        try require(count, of: 8 + 4 + 1, for: "the metadata")
        var entries: [(key: String, value: GGUFValue)] = []
        entries.reserveCapacity(Int(count))
        var index: [ByteString: Int] = [:]
        for _ in 0..<count {
            let start = offset
            let key = try string(limit: limits.keyLength, for: "a metadata key")
            guard index.updateValue(entries.count, forKey: ByteString(key)) == nil else {
                throw GGUFError(.duplicateKey(key), at: start)
            }
            let type = try valueType(of: key)
            entries.append((key, try value(of: type, key: key)))
        }
        return GGUFMetadata(entries, index: index)
    }

    private mutating func valueType(of key: String) throws(GGUFError) -> GGUFValueType {
        let start = offset
        let raw = try integer(UInt32.self, for: "the type of metadata key \"\(key)\"")
        guard let type = GGUFValueType(rawValue: raw) else {
            throw GGUFError(.unknownValueType(raw, key: key), at: start)
        }
        return type
    }

    private mutating func value(of type: GGUFValueType, key: String) throws(GGUFError) -> GGUFValue {
        switch type {
        case .string:
            return .string(try string(limit: limits.stringLength, for: "the text of metadata key \"\(key)\""))
        case .array:
            return .array(try array(key: key, depth: 1))
        default:
            let size = type.minimumByteCount
            try require(UInt64(size), for: "metadata key \"\(key)\"")
            try checkBooleans(type, count: size, key: key)
            return GGUFArray.scalar(type, in: take(size), at: 0)
        }
    }

    private mutating func array(key: String, depth: Int) throws(GGUFError) -> GGUFArray {
        guard depth <= limits.arrayDepth else {
            throw error(.nestedTooDeep(key: key, limit: limits.arrayDepth))
        }
        let type = try valueType(of: key)
        let what = "the elements of metadata key \"\(key)\""
        let count = try count(limit: limits.arrayCount, for: what)
        try require(count, of: type.minimumByteCount, for: what)
        switch type {
        case .string:
            var strings: [String] = []
            strings.reserveCapacity(Int(count))
            for _ in 0..<count { strings.append(try string(limit: limits.stringLength, for: what)) }
            return GGUFArray(storage: .strings(strings))
        case .array:
            var arrays: [GGUFArray] = []
            arrays.reserveCapacity(Int(count))
            for _ in 0..<count { arrays.append(try array(key: key, depth: depth + 1)) }
            return GGUFArray(storage: .arrays(arrays))
        default:
            let size = Int(count) * type.minimumByteCount
            try checkBooleans(type, count: size, key: key)
            return GGUFArray(storage: .scalars(type, Array(take(size))))
        }
    }

    /// Fails when one of the next `count` bytes is to be a boolean and is neither 0 nor 1.
    private func checkBooleans(_ type: GGUFValueType, count: Int, key: String) throws(GGUFError) {
        guard type == .bool else { return }
        for index in offset..<offset + count where bytes[index] > 1 {
            throw GGUFError(.invalidBoolean(bytes[index], key: key), at: index)
        }
    }
}
