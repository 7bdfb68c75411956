import Foundation

// Coverage-guided fuzzing with libFuzzer: `make fuzz`. One program with all targets; FUZZ_TARGET names the one.

/// libFuzzer's entry for programs that have a `main` of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

let wanted = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
guard let target = FuzzTarget(rawValue: wanted) else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
    print(wanted.isEmpty ? names : "FUZZ_TARGET=\(wanted): expected one of \(names)")
    exit(wanted.isEmpty ? 0 : 64)
}
FuzzTarget.current = target

var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(runFuzzer(&count, &arguments, fuzzOneInput))
