/// The models that a size stands for when no base is named.
public enum BaseModelTable {
    /// One size.
    public struct Entry: Sendable, Hashable {
        /// The size as it is written, such as `0.5B`.
        public let size: String
        /// The model's id.
        public let id: String
        /// The model's hidden size.
        public let hiddenSize: Int
    }

    /// The sizes in ascending order.
    public static let entries = [
        Entry(size: "0.5B", id: "Qwen/Qwen2.5-Coder-0.5B", hiddenSize: 896),
        Entry(size: "1.5B", id: "Qwen/Qwen2.5-Coder-1.5B", hiddenSize: 1536),
        Entry(size: "3B", id: "Qwen/Qwen2.5-Coder-3B", hiddenSize: 2048),
        Entry(size: "7B", id: "Qwen/Qwen2.5-Coder-7B", hiddenSize: 3584),
        Entry(size: "14B", id: "Qwen/Qwen2.5-Coder-14B", hiddenSize: 5120),
        Entry(size: "32B", id: "Qwen/Qwen2.5-Coder-32B", hiddenSize: 5120),
    ]
}
