/// How the numbers of a tensor are stored, by ggml's type number.
///
/// A type is listed when its size is known, so that any file can be inspected; which types can be decoded is
/// `isDecodable`.
public enum GGUFTensorType: UInt32, Sendable, Hashable, CaseIterable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q8_1 = 9
    case q2_K = 10
    case q3_K = 11
    case q4_K = 12
    case q5_K = 13
    case q6_K = 14
    case q8_K = 15
    case iq2_XXS = 16
    case iq2_XS = 17
    case iq3_XXS = 18
    case iq1_S = 19
    case iq4_NL = 20
    case iq3_S = 21
    case iq2_S = 22
    case iq4_XS = 23
    case i8 = 24
    case i16 = 25
    case i32 = 26
    case i64 = 27
    case f64 = 28
    case iq1_M = 29
    case bf16 = 30
    case tq1_0 = 34
    case tq2_0 = 35
    case mxfp4 = 39
    case nvfp4 = 40
    case q1_0 = 41

    /// The type's name as ggml spells it, such as `Q4_K`.
    public var name: String {
        // The K, M, S and X parts are capital in the case names already; only the first letters are not.
        String(describing: self).uppercased()
    }

    /// The number of elements in one block: 1 for plain numbers.
    public var blockLength: Int { layout.elements }

    /// The number of bytes of one block.
    public var blockByteCount: Int { layout.bytes }

    /// Whether `Dequantization` turns this type into floats.
    public var isDecodable: Bool {
        switch self {
        case .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K: true
        default: false
        }
    }

    /// The types that `Dequantization` turns into floats.
    public static var decodable: [GGUFTensorType] { allCases.filter(\.isDecodable) }

    private var layout: (elements: Int, bytes: Int) {
        switch self {
        case .f32, .i32: (1, 4)
        case .f16, .bf16, .i16: (1, 2)
        case .i8: (1, 1)
        case .f64, .i64: (1, 8)
        case .q4_0, .iq4_NL: (32, 2 + 16)
        case .q4_1: (32, 2 + 2 + 16)
        case .q5_0: (32, 2 + 4 + 16)
        case .q5_1: (32, 2 + 2 + 4 + 16)
        case .q8_0: (32, 2 + 32)
        case .q8_1: (32, 4 + 4 + 32)
        case .mxfp4: (32, 1 + 16)
        case .nvfp4: (64, 4 + 32)
        case .q1_0: (128, 2 + 16)
        case .q2_K: (256, 16 + 64 + 2 + 2)
        case .q3_K: (256, 32 + 64 + 12 + 2)
        case .q4_K: (256, 2 + 2 + 12 + 128)
        case .q5_K: (256, 2 + 2 + 12 + 32 + 128)
        case .q6_K: (256, 128 + 64 + 16 + 2)
        case .q8_K: (256, 4 + 256 + 32)
        case .iq2_XXS: (256, 2 + 64)
        case .iq2_XS: (256, 2 + 64 + 8)
        case .iq3_XXS: (256, 2 + 64 + 32)
        case .iq1_S: (256, 2 + 32 + 16)
        case .iq3_S: (256, 2 + 64 + 32 + 8 + 4)
        case .iq2_S: (256, 2 + 64 + 16)
        case .iq4_XS: (256, 2 + 2 + 128 + 4)
        case .iq1_M: (256, 32 + 16 + 8)
        case .tq1_0: (256, 2 + 4 * 13)
        case .tq2_0: (256, 2 + 64)
        }
    }
}
