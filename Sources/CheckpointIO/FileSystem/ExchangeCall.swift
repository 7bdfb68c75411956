#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The system call that swaps two names in one step.
enum ExchangeCall {
    /// Swaps two names; returns the error number, or nil on success.
    static func perform(_ first: String, _ second: String) -> Int32? {
        #if canImport(Darwin)
            return renamex_np(first, second, UInt32(RENAME_SWAP)) == 0 ? nil : errno
        #else
            guard let rename = renameat2 else { return ENOSYS }
            return rename(AT_FDCWD, first, AT_FDCWD, second, exchangeFlag) == 0 ? nil : errno
        #endif
    }

    #if !canImport(Darwin)
        private typealias Function =
            @convention(c) (Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, UInt32) -> Int32

        private static let exchangeFlag: UInt32 = 2

        /// The C library's function, which its Swift import leaves out; nil in a C library older than it.
        private static let renameat2: Function? = dlsym(nil, "renameat2").map {
            unsafeBitCast($0, to: Function.self)
        }
    #endif
}
