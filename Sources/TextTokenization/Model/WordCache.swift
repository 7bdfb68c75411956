import Synchronization

/// The tokens of words that were merged before, as most of a text's words were.
///
/// A direct-mapped cache: a word's symbols select one entry, which holds the last such word. One thread uses it at a time.
final class WordCache: @unchecked Sendable {
    /// Longer words are not cached.
    static let symbolLimit = 16
    private static let tokenLimit = 14
    private static let entryCount = 4096
    // The two counts, the symbols and the tokens: two cache lines.
    private static let stride = 2 + symbolLimit + tokenLimit

    private let memory: UnsafeMutablePointer<Int32>

    init() {
        let size = Self.entryCount * Self.stride * MemoryLayout<Int32>.stride
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        memory = bytes.initializeMemory(as: Int32.self, repeating: 0, count: Self.entryCount * Self.stride)
    }

    deinit { memory.deallocate() }

    /// The entry for a word of at least two and at most `symbolLimit` symbols.
    @inline(__always)
    func entry(of symbols: [Int32]) -> Entry {
        var hash: UInt64 = 0
        for symbol in symbols {
            hash = (hash ^ UInt64(UInt32(bitPattern: symbol))) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
        }
        return Entry(base: memory + Int(truncatingIfNeeded: hash % UInt64(Self.entryCount)) * Self.stride)
    }

    /// The memory of one word.
    struct Entry {
        fileprivate let base: UnsafeMutablePointer<Int32>
        private var symbols: UnsafeMutablePointer<Int32> { base + 2 }
        private var tokens: UnsafeMutablePointer<Int32> { base + 2 + WordCache.symbolLimit }

        /// Replaces a word's symbols by its tokens, if the entry holds it.
        @inline(__always)
        func recall(_ word: inout [Int32]) -> Bool {
            guard Int(base[0]) == word.count else { return false }
            for index in 0..<word.count where symbols[index] != word[index] { return false }
            let count = Int(base[1])
            for index in 0..<count { word[index] = tokens[index] }
            word.removeLast(word.count - count)
            return true
        }

        /// Stores a word; `store` has to follow with its tokens.
        func begin(_ word: [Int32]) {
            base[0] = 0
            base[1] = Int32(word.count)
            for index in 0..<word.count { symbols[index] = word[index] }
        }

        /// Stores the tokens of the word.
        func store(_ word: [Int32]) {
            guard word.count <= WordCache.tokenLimit else { return }
            base[0] = base[1]
            base[1] = Int32(word.count)
            for index in 0..<word.count { tokens[index] = word[index] }
        }
    }
}

/// A tokenizer's caches, one for each concurrent call.
final class WordCachePool: Sendable {
    private let idle = Mutex<[WordCache]>([])

    /// Lends a cache.
    func withCache<Result>(_ body: (WordCache) -> Result) -> Result {
        let cache = idle.withLock { $0.popLast() } ?? WordCache()
        defer { idle.withLock { $0.append(cache) } }
        return body(cache)
    }
}
