import ArgumentParser

/// What is printed.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(name: [.customShort("q"), .long], help: "Print no progress; results, warnings and errors remain.")
    var quiet = false

    /// Where progress and warnings go.
    var console: Console { Console(isQuiet: quiet) }
}
