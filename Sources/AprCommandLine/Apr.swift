public import ArgumentParser
import FineTuning
import Platform

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
            Exit status: 0 done, 1 failure, 64 wrong usage, 65 bad data or model file, 69 Hub or port unavailable, 73 \
            output cannot be created, 74 input or output failed, 77 not permitted, 129, 130 or 143 interrupted after a \
            complete checkpoint.
            """,
        version: "apr \(ProductVersion.current)",
        subcommands: [
            Finetune.self, Predict.self, Serve.self, Eval.self, Merge.self, Publish.self, Pull.self,
            Import.self, Inspect.self, Verify.self, Tokenize.self, Monitor.self, Report.self, Runs.self,
        ])

    /// The program without arguments; for ArgumentParser.
    public init() {}

    /// Whether a result that nobody reads ends the program, without a message.
    nonisolated(unsafe) static private(set) var endsByClosedPipe = false

    /// Parses the arguments, runs the command, and turns whatever it throws into a message and an exit status.
    public static func main() {
        do {
            try prepare()
            var command = try parseAsRoot(
                NegativeNumbers.joined(Array(ProgramStart.arguments.dropFirst())))
            try command.run()
        } catch {
            Failure(error).report()
        }
    }

    /// Sets up what this process needs before any work.
    private static func prepare() throws {
        endsByClosedPipe = ProgramStart.ignoreWriteSignals()
        ProgramStart.setLastWords(
            memory: (
                "apr: out of memory; free some, raise the limit of address space (ulimit -v), or use a smaller model\n",
                ExitStatus.failure.rawValue
            ),
            descriptors: (
                "apr: too many open files; raise the limit of open files (ulimit -n)\n",
                ExitStatus.inputOutput.rawValue
            ),
            lostFile: "apr: a file in use was cut short, or cannot be read any more; run the command again\n",
            trap: "apr: ended by an error of its own; please report the command and its input\n")
        guard !ProgramStart.arguments.isEmpty else {
            throw CommandError(.failure, "the system does not tell the arguments; mount /proc")
        }
        do throws(ProgramStart.ShortOf) {
            try ProgramStart.raiseLimits()
        } catch {
            throw CommandError(.failure, message(error))
        }
    }

    private static func message(_ lack: ProgramStart.ShortOf) -> String {
        switch lack {
        case .descriptors(let limit, let needed):
            "only \(limit) files may be open at a time; raise the limit to \(needed) at least (ulimit -n)"
        case .stack(let limit, let needed):
            "the stack is limited to \(limit >> 10) KiB; raise the limit to \(needed >> 10) KiB at least (ulimit -s)"
        case .addressSpace(let needed):
            "the limit of address space leaves less than \(needed >> 20) MiB; raise it (ulimit -v)"
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
