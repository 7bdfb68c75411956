public import ArgumentParser
import FineTuning

/// The program: a name, a version and its subcommands.
public struct Apr: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "apr",
        abstract: "Fine-tune an open language model into a text classifier, and use it.",
        discussion: """
            Examples:
              apr finetune --task classify path/to/base --data corpus.jsonl -o checkpoints
              apr eval checkpoints/best --data test.jsonl
              apr predict checkpoints/best --text 'rm -rf $dir'

            Results go to standard output; progress, warnings and errors go to standard error.
            Exit status: 0 done, 1 failure, 64 wrong usage, 65 bad data or model file, 69 Hub unavailable, 73 output \
            cannot be created, 74 input or output failed, 77 not permitted, 130 or 143 interrupted after a complete \
            checkpoint.
            """,
        version: "apr \(ProductVersion.current)",
        subcommands: [
            Finetune.self, Predict.self, Eval.self, Merge.self, Publish.self, Pull.self, Import.self,
            Inspect.self, Verify.self, Tokenize.self, Monitor.self, Report.self, Runs.self,
        ])

    /// The program without arguments; for ArgumentParser.
    public init() {}

    /// Parses the arguments, runs the command, and turns whatever it throws into a message and an exit status.
    public static func main() {
        do {
            var command = try parseAsRoot(NegativeNumbers.joined(Array(CommandLine.arguments.dropFirst())))
            try command.run()
        } catch {
            Failure(error).report()
        }
    }
}

/// Negative numbers as values of flags.
enum NegativeNumbers {
    /// The arguments with `--seed -1` as `--seed=-1`; the parser takes `-1` for a flag otherwise, and misses the value.
    static func joined(_ arguments: [String]) -> [String] {
        var joined: [String] = []
        for (index, argument) in arguments.enumerated() {
            let rest = argument.dropFirst()
            let isNegative =
                argument.hasPrefix("-") && (rest.first?.isNumber == true || rest.first == ".")
                && Double(argument) != nil
            if isNegative, let flag = joined.last, flag.hasPrefix("--"), flag.count > 2, !flag.contains("="),
                !arguments[..<index].contains("--")
            {
                joined[joined.count - 1] = "\(flag)=\(argument)"
            } else {
                joined.append(argument)
            }
        }
        return joined
    }
}
