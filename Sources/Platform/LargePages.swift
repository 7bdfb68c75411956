/// Memory with few page faults and address translations.
@usableFromInline package enum LargePages {
    /// From here on memory starts on a page of its own of this size.
    private static let size = 2 << 20

    /// Memory on a cache line at least, to be freed with `free`; nil where there is none left.
    ///
    /// Pages are only taken where they are touched.
    package static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
        var memory: UnsafeMutableRawPointer?
        let alignment = byteCount >= size ? size : 64
        guard posix_memalign(&memory, alignment, max(byteCount, 1)) == 0 else { return nil }
        #if os(Linux)
            // It does not matter if the system refuses.
            if byteCount >= size { madvise(memory, byteCount, Int32(MADV_HUGEPAGE)) }
        #endif
        return memory
    }

    /// Asks for large pages under memory that has not been touched yet. It does not matter if the system refuses.
    @usableFromInline package static func prefer(for memory: UnsafeRawBufferPointer) {
        #if os(Linux)
            let page = 4096
            guard let base = memory.baseAddress, memory.count >= size else { return }
            // Only whole pages inside, so that the advice does not cover neighbours.
            let start = (UInt(bitPattern: base) + UInt(page - 1)) & ~UInt(page - 1)
            let end = (UInt(bitPattern: base) + UInt(memory.count)) & ~UInt(page - 1)
            // The kernel refuses what does not begin on one of its pages, where those are larger.
            _ = madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), Int32(MADV_HUGEPAGE))
        #endif
    }
}

extension Array {
    /// As many equal elements, on large pages where they are many and the system has such pages.
    ///
    /// Random look-ups in a table cost an address translation nearly every time, and filling it costs a page fault
    /// for every page; large pages need few of either.
    @inlinable
    package init(onLargePages element: Element, count: Int) {
        self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
            LargePages.prefer(for: UnsafeRawBufferPointer(buffer))
            buffer.initialize(repeating: element)
            initialized = count
        }
    }
}
