/// The function that libFuzzer's own `main` would call. SwiftPM gives every program a `main` of its own, so the driver is
/// called from there, and this is only what the library has to find when it is linked as a whole.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.current.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
