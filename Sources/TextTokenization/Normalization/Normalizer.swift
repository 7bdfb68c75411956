/// The changes to a text before normalized added tokens are searched and the model encodes it.
struct Normalizer: Sendable {
    /// One normalizer of the file; sequences are flattened.
    enum Step: Sendable {
        case form(NormalForm)
        case lowercase
        case stripAccents
        case strip(left: Bool, right: Bool)
        case prepend([UInt8])
        case replace(pattern: Literal, with: [UInt8])
    }

    var steps: [Step] = []
    /// The components of the file so far, sequences included.
    var componentCount = 0

    var isEmpty: Bool { steps.isEmpty }

    /// The normalized text; nil if nothing changes.
    ///
    /// - Parameter origin: the number of leading bytes that come from the start of the input; a `Metaspace` of the
    ///   scheme "first" prepends only there. It is updated.
    func apply(_ bytes: Bytes, origin: inout Int) -> [UInt8]? {
        var result: [UInt8]?
        for step in steps {
            if let previous = result {
                if let next = previous.withUnsafeBufferPointer({ step.apply($0, origin: &origin) }) {
                    result = next
                }
            } else {
                result = step.apply(bytes, origin: &origin)
            }
        }
        return result
    }
}

extension Normalizer.Step {
    func apply(_ bytes: Bytes, origin: inout Int) -> [UInt8]? {
        guard !bytes.isEmpty else { return nil }
        switch self {
        case .form(let form):
            guard let result = form.apply(bytes) else { return nil }
            if origin > 0 {
                // The new start of the text is what its first scalar becomes, alone or composed with its successors.
                let prefix = bytes.slice(0, Swift.min(origin, bytes.count))
                let alone = form.apply(prefix) ?? Array(prefix)
                origin = result.starts(with: alone) ? alone.count : utf8Length(first: result[0])
            }
            return result
        case .lowercase:
            return mapScalars(bytes, origin: &origin) { scalar, output in
                if scalar < 0x80 {
                    output.append(
                        (0x41...0x5A).contains(scalar) ? UInt8(scalar) + 0x20 : UInt8(scalar))
                } else if let lower = ScalarMaps.lowercase[scalar] {
                    for part in lower { output.append(scalar: part) }
                } else {
                    output.append(scalar: scalar)
                }
            }
        case .stripAccents:
            return mapScalars(bytes, origin: &origin) { scalar, output in
                if !ScalarClasses.table[scalar].contains(.accent) { output.append(scalar: scalar) }
            }
        case .strip(let left, let right):
            return strip(bytes, left: left, right: right, origin: &origin)
        case .prepend(let prefix):
            if origin > 0 { origin += prefix.count }
            return prefix + bytes
        case .replace(let pattern, let replacement):
            return pattern.replaced(in: bytes, by: replacement, origin: &origin)
        }
    }

    private func mapScalars(
        _ bytes: Bytes, origin: inout Int, _ body: (UInt32, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        var newOrigin = 0
        while index < bytes.count {
            let (scalar, length) = bytes.scalar(at: index)
            body(scalar, &output)
            index += length
            if index <= origin { newOrigin = output.count }
        }
        origin = newOrigin
        return output
    }

    private func strip(_ bytes: Bytes, left: Bool, right: Bool, origin: inout Int) -> [UInt8]? {
        let classes = ScalarClasses.table
        var start = 0
        var end = bytes.count
        while left, start < end {
            let (scalar, length) = bytes.scalar(at: start)
            guard classes[scalar].contains(.space) else { break }
            start += length
        }
        while right, end > start {
            let (scalar, length) = bytes.scalar(before: end)
            guard classes[scalar].contains(.space) else { break }
            end -= length
        }
        guard start > 0 || end < bytes.count else { return nil }
        origin = Swift.max(0, Swift.min(origin, end) - start)
        return Array(bytes[start..<end])
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes at `index` start with `pattern`.
    func matches(_ pattern: [UInt8], at index: Int) -> Bool {
        guard pattern.count <= count - index else { return false }
        for offset in pattern.indices where self[index + offset] != pattern[offset] { return false }
        return true
    }
}
