/// What a GGUF file says about itself: its metadata and where its tensors lie.
public struct GGUFHeader: Sendable {
    /// The container version, 2 or 3.
    public let version: Int
    /// The metadata in the order of the file.
    public let metadata: GGUFMetadata
    /// The tensors in the order of the file.
    public let tensors: [GGUFTensorInfo]
    /// The boundary on which tensors begin, in bytes.
    public let alignment: Int
    /// The offset of the data section in the file.
    public let dataOffset: Int
}

/// One tensor of a GGUF file.
public struct GGUFTensorInfo: Sendable, Hashable {
    /// The name in llama.cpp's scheme, such as `blk.0.attn_q.weight`.
    public let name: String
    /// The dimensions, slowest first: `[rows, columns]`. The file has them the other way round.
    public let shape: [Int]
    /// How the numbers are stored.
    public let type: GGUFTensorType
    /// The offset of the first byte in the file.
    public let offset: Int
    /// The number of bytes in the file.
    public let byteCount: Int

    /// The number of elements.
    public var elementCount: Int { shape.reduce(1, *) }
    /// The length of a row, the fastest dimension.
    public var rowLength: Int { shape[shape.count - 1] }
    /// The number of bytes of a row.
    public var rowByteCount: Int { rowLength / type.blockLength * type.blockByteCount }
}

/// The metadata of a GGUF file: keys and values in the order of the file.
public struct GGUFMetadata: Sendable {
    /// The keys and values in the order of the file, each key once.
    public let entries: [(key: String, value: GGUFValue)]
    private let index: [ByteString: Int]

    init(_ entries: [(key: String, value: GGUFValue)], index: [ByteString: Int]) {
        self.entries = entries
        self.index = index
    }

    /// The value of a key, or nil when the file has none.
    public subscript(key: String) -> GGUFValue? { index[ByteString(key)].map { entries[$0].value } }
}

/// A text compared by its bytes.
///
/// `String` compares by canonical equivalence, under which two tokens of a vocabulary can be one.
package struct ByteString: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ByteString, right: ByteString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// The limits beyond which a reader refuses a file.
///
/// Real files stay far below: 33 metadata entries, a vocabulary of 256,000 and a few thousand tensors.
public struct GGUFLimits: Sendable {
    /// The most metadata entries.
    public var metadataCount: UInt64 = 65_536
    /// The most tensors.
    public var tensorCount: UInt64 = 1 << 20
    /// The longest metadata key, in bytes; the format's own limit.
    public var keyLength: UInt64 = 65_535
    /// The longest tensor name, in bytes.
    public var tensorNameLength: UInt64 = 1_024
    /// The longest text, in bytes.
    public var stringLength: UInt64 = 16 << 20
    /// The most elements of one array.
    public var arrayCount: UInt64 = 16 << 20
    /// The most levels of arrays in arrays.
    public var arrayDepth = 4
    /// The most bytes of metadata and tensor descriptions together.
    public var headerByteCount = 1 << 30

    /// The defaults.
    public init() {}
}
