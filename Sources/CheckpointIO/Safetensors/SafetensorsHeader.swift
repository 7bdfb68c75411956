import JSONCore
import Platform

/// The parsed and checked header of a safetensors file.
struct SafetensorsHeader {
    /// The longest header the format allows.
    static let sizeLimit = 100_000_000
    static let lengthFieldSize = 8
    /// Enough for 400,000 tensors; keeps a hostile header from taking gigabytes once parsed.
    static let valueLimit = 4_000_000

    /// The tensors in the order of the header.
    let tensors: [TensorInfo]
    let metadata: [String: String]

    /// Parses the header of a whole file and checks every rule of the format.
    init(file bytes: UnsafeRawBufferPointer) throws(SafetensorsRule) {
        guard let claimed = bytes.littleEndian(at: 0, as: UInt64.self) else {
            throw SafetensorsRule(.headerLengthMissing(bytes: bytes.count))
        }
        guard let length = Int(exactly: claimed), length <= Self.sizeLimit else {
            throw SafetensorsRule(.headerTooLarge(bytes: claimed, limit: Self.sizeLimit))
        }
        let dataStart = Self.lengthFieldSize + length
        guard dataStart <= bytes.count else {
            throw SafetensorsRule(.headerTruncated(needed: dataStart, available: bytes.count))
        }
        guard length > 0, bytes[Self.lengthFieldSize] == UInt8(ascii: "{") else {
            throw SafetensorsRule(.headerStart)
        }
        let text = UnsafeRawBufferPointer(rebasing: bytes[Self.lengthFieldSize..<dataStart])
        let document: JSONValue
        do throws(JSONError) {
            let limits = JSONLimits(depth: 8, bytes: Self.sizeLimit, values: Self.valueLimit)
            document = try JSONParser.parse(text, limits: limits)
        } catch {
            throw SafetensorsRule(.headerNotJSON(error))
        }
        guard let object = document.object else { throw SafetensorsRule(.headerStart) }

        var tensors: [TensorInfo] = []
        tensors.reserveCapacity(object.count)
        var metadata: [String: String] = [:]
        for (name, value) in object.members.lazy.map({ ($0.key, $0.value) }) {
            if utf8Equal(name, "__metadata__") {
                metadata = try Self.metadata(value)
            } else {
                tensors.append(try Self.tensor(name, value, dataStart: dataStart))
            }
        }
        try Self.checkLayout(tensors, dataStart: dataStart, end: bytes.count)
        self.tensors = tensors
        self.metadata = metadata
    }

    private static func metadata(_ value: JSONValue) throws(SafetensorsRule) -> [String: String] {
        guard let object = value.object else { throw SafetensorsRule(.invalidMetadata(key: nil)) }
        var metadata: [String: String] = [:]
        for member in object.members {
            guard let text = member.value.string else {
                throw SafetensorsRule(.invalidMetadata(key: member.key))
            }
            metadata[member.key] = text
        }
        return metadata
    }

    private static func tensor(
        _ name: String, _ value: JSONValue, dataStart: Int
    ) throws(SafetensorsRule) -> TensorInfo {
        func invalid(_ member: String, _ expected: String) -> SafetensorsRule {
            SafetensorsRule(.invalidEntry(name: name, member: member, expected: expected))
        }
        guard let entry = value.object else { throw invalid("the value", "an object") }
        for key in entry.keys where !["dtype", "shape", "data_offsets"].contains(key) {
            throw invalid("\"\(key)\"", "a known member")
        }
        guard let spelling = entry["dtype"]?.string else { throw invalid("dtype", "a string") }
        guard let dtype = DType(rawValue: spelling) else {
            throw SafetensorsRule(.unknownDType(name: name, dtype: spelling))
        }
        guard let shape = naturals(entry["shape"]) else { throw invalid("shape", "a list of sizes") }
        guard let offsets = naturals(entry["data_offsets"]), offsets.count == 2 else {
            throw invalid("data_offsets", "a pair of offsets")
        }
        let (start, end) = (offsets[0], offsets[1])
        guard start <= end else {
            throw SafetensorsRule(.offsetsReversed(name: name, start: start, end: end))
        }
        guard let size = ShapeArithmetic.byteCount(shape, width: dtype.byteCount),
            case (let absoluteEnd, false) = end.addingReportingOverflow(dataStart)
        else { throw SafetensorsRule(.shapeOverflow(name: name)) }
        guard size == end - start else {
            throw SafetensorsRule(.sizeMismatch(name: name, expected: size, got: end - start))
        }
        return TensorInfo(name: name, dtype: dtype, shape: shape, byteRange: dataStart + start..<absoluteEnd)
    }

    /// The elements of a JSON list as non-negative integers, or nil when one is something else.
    private static func naturals(_ value: JSONValue?) -> [Int]? {
        guard let elements = value?.array else { return nil }
        var result: [Int] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            guard case .number(let number) = element, let natural = number.wideInt, natural >= 0 else {
                return nil
            }
            result.append(natural)
        }
        return result
    }

    /// Checks that the tensors cover the data exactly: no hole, no overlap, nothing behind the last.
    private static func checkLayout(
        _ tensors: [TensorInfo], dataStart: Int, end: Int
    ) throws(SafetensorsRule) {
        let ordered = tensors.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < (
                $1.byteRange.lowerBound, $1.byteRange.upperBound
            )
        }
        var cursor = dataStart
        for tensor in ordered {
            let start = tensor.byteRange.lowerBound
            let (expected, got) = (cursor - dataStart, start - dataStart)
            if start > cursor {
                throw SafetensorsRule(.hole(name: tensor.name, expectedStart: expected, start: got))
            }
            if start < cursor {
                throw SafetensorsRule(.overlap(name: tensor.name, expectedStart: expected, start: got))
            }
            cursor = tensor.byteRange.upperBound
        }
        guard cursor <= end else {
            throw SafetensorsRule(.dataTruncated(needed: cursor, available: end))
        }
        guard cursor == end else { throw SafetensorsRule(.trailingBytes(end - cursor)) }
    }
}

/// A broken rule before the path is known.
struct SafetensorsRule: Error {
    let problem: SafetensorsProblem
    init(_ problem: SafetensorsProblem) { self.problem = problem }
}
