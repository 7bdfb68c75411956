/// How the elements of stored weights are written.
public enum ElementType: Sendable, Hashable, CaseIterable {
    case float32
    case float16
    case bfloat16

    /// The bytes of an element.
    public var byteCount: Int { self == .float32 ? 4 : 2 }
}

/// Weights as they lie in memory that somebody else owns, such as a mapped file.
public struct SharedWeights: @unchecked Sendable {
    /// The elements, row-major; they do not change.
    public let bytes: UnsafeRawBufferPointer
    /// How an element is written, in the byte order of this machine.
    public let type: ElementType
    /// Keeps the memory alive.
    public let owner: any AnyObject & Sendable
    /// Tells the owner that the weights have been used and may leave memory until they are needed again.
    public let forget: @Sendable () -> Void

    /// Weights in memory that lives as long as its owner.
    public init(
        bytes: UnsafeRawBufferPointer, type: ElementType, owner: any AnyObject & Sendable,
        forget: @escaping @Sendable () -> Void = {}
    ) {
        self.bytes = bytes
        self.type = type
        self.owner = owner
        self.forget = forget
    }

    /// The number of elements.
    public var count: Int { bytes.count / type.byteCount }
}

extension Backend {
    /// A device with memory of its own shares nothing.
    public func makeStorage(sharing weights: SharedWeights) -> Storage? { nil }
}
