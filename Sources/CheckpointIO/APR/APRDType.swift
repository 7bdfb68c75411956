/// The element types of the APR format.
public struct APRDType: Sendable, Hashable {
    /// The code in the file.
    public let code: UInt8

    /// The name of a type, or nil for an unknown code.
    init?(code: UInt8) {
        guard Self.names[code] != nil else { return nil }
        self.code = code
    }

    /// Single precision, the only type the writer writes.
    public static let float32 = APRDType(known: 0)

    private init(known code: UInt8) { self.code = code }

    /// The type's name.
    public var name: String { Self.names[code] ?? "unknown" }

    /// The plain type that can be read as numbers; nil for those that are only listed.
    public var readable: DType? {
        switch code {
        case 0: .float32
        case 1: .float16
        case 30: .bfloat16
        default: nil
        }
    }

    /// The bytes that a number of elements takes; nil when the layout has no simple rule or overflows.
    func byteCount(elements: Int) -> Int? {
        let (block, bytes): (Int, Int)
        switch code {
        case 0, 4: (block, bytes) = (1, 4)
        case 1, 30: (block, bytes) = (1, 2)
        case 3, 5: (block, bytes) = (1, 8)
        case 6, 7: (block, bytes) = (1, 1)
        case 8, 128: (block, bytes) = (32, 18)
        case 12: (block, bytes) = (256, 144)
        case 14: (block, bytes) = (256, 210)
        case 9, 129:
            // One scale for the whole tensor, then a byte for each element.
            let (sum, overflow) = elements.addingReportingOverflow(4)
            return overflow ? nil : sum
        default: return nil
        }
        let blocks = elements / block + (elements % block == 0 ? 0 : 1)
        let (product, overflow) = blocks.multipliedReportingOverflow(by: bytes)
        return overflow ? nil : product
    }

    private static let names: [UInt8: String] = [
        0: "F32", 1: "F16", 3: "F64", 4: "I32", 5: "I64", 6: "I8", 7: "U8", 8: "Q4", 9: "Q8", 12: "Q4_K",
        14: "Q6_K", 30: "BF16", 128: "Q4", 129: "Q8",
    ]
}
