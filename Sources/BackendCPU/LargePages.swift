#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Memory with few page faults and address translations.
enum LargePages {
    /// From here on memory starts on a page of its own of this size.
    private static let size = 2 << 20

    /// Memory on a cache line at least, to be freed with `free`; nil where there is none left.
    ///
    /// Pages are only taken where they are touched.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
        var memory: UnsafeMutableRawPointer?
        let alignment = byteCount >= size ? size : 64
        guard posix_memalign(&memory, alignment, max(byteCount, 1)) == 0 else { return nil }
        #if os(Linux)
            // Where the system says no, nothing is lost.
            if byteCount >= size { madvise(memory, byteCount, Int32(MADV_HUGEPAGE)) }
        #endif
        return memory
    }
}
