#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The natural logarithm, rounded from double precision.
func logarithm(_ x: Float) -> Float { Float(log(Double(x))) }
