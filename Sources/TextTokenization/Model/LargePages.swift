#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Array {
    /// As many equal elements, on large pages where they are many and the system has such pages.
    ///
    /// A table that is read in no order costs an address translation with nearly every look-up, and filling it a page fault
    /// with every page; large pages need few of either.
    init(onLargePages element: Element, count: Int) {
        self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeRawBufferPointer(buffer).preferLargePages()
            buffer.initialize(repeating: element)
            initialized = count
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Asks for large pages; to be called before the memory is touched. Where the system says no, nothing is lost.
    func preferLargePages() {
        #if os(Linux)
            let page = 4096
            guard let baseAddress, count >= 2 << 20 else { return }
            // Whole pages inside, so that no neighbour is meant.
            let start = (UInt(bitPattern: baseAddress) + UInt(page - 1)) & ~UInt(page - 1)
            let end = (UInt(bitPattern: baseAddress) + UInt(count)) & ~UInt(page - 1)
            // The kernel refuses what does not begin on one of its pages, where those are larger.
            _ = madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), Int32(MADV_HUGEPAGE))
        #endif
    }
}
