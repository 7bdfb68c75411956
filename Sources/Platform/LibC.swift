// The C library, under whatever name the system has it. `import Platform` brings it along, so that no other file
// has to know the names.
#if canImport(Glibc)
    @_exported public import Glibc
#elseif canImport(Musl)
    @_exported public import Musl
#else
    @_exported public import Darwin
#endif

/// System calls whose plain names a type's own methods hide.
enum LibC {
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    static func close(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #elseif canImport(Musl)
            Musl.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }
}

/// How much memory this process has used.
package enum PeakMemory {
    /// The most that was resident at once, in bytes; 0 where the system does not say.
    package static var byteCount: Int {
        var usage = rusage()
        #if canImport(Glibc)
            let subject = __rusage_who_t(RUSAGE_SELF.rawValue)
        #else
            let subject = RUSAGE_SELF
        #endif
        guard getrusage(subject, &usage) == 0 else { return 0 }
        #if canImport(Darwin)
            return usage.ru_maxrss
        #else
            return usage.ru_maxrss * 1024
        #endif
    }
}
