import JSONCore
import Platform

/// The benchmarks: each verifies what it times, measures the machine's limit in the same run, and prints one JSON line.
@main
enum Benchmarks {
    static let usage = """
        usage: benchmarks limits    CONFIG_JSON [--rows N] [--seconds S] [--threads N]
               benchmarks kernels   CONFIG_JSON [--rows N] [--length N] [--threads N]
               benchmarks tokenizer TOKENIZER_JSON TEXTS_JSONL
               benchmarks load      MODEL_DIR
               benchmarks save      DIRECTORY [--megabytes N]

        limits: the rate of single-precision matrix products at a model's shapes, and memory bandwidth.
        kernels: every operation of a training step against those limits.
        tokenizer: loading and encoding on one thread.
        load: opening and reading a safetensors file that the page cache holds.
        save: a checkpoint's directory against the same bytes written and synchronised plainly.
        """

    static func main() {
        do {
            var arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            let result: JSONObject =
                switch arguments.next() {
                case "limits": try Limits(&arguments).json()
                case "kernels": try KernelBenchmark(&arguments).json()
                case "tokenizer": try TokenizerBenchmark.run(&arguments)
                case "load": try FileBenchmark.load(&arguments)
                case "save": try FileBenchmark.save(&arguments)
                default: throw BenchmarkError(usage)
                }
            print(JSONValue.object(result).encoded())
        } catch {
            let message = Array("\(error)\n".utf8)
            _ = write(STDERR_FILENO, message, message.count)
            exit(1)
        }
    }
}

/// Why a benchmark cannot run, or which result is wrong.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The command line: words and options with values.
struct Arguments {
    private var words: [String] = []
    private var options: [String: String] = [:]

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                words.append(word)
                continue
            }
            guard let value = rest.popFirst() else { throw BenchmarkError("\(word): a value is missing") }
            options[word] = value
        }
    }

    mutating func next() -> String? { words.isEmpty ? nil : words.removeFirst() }

    mutating func required(_ name: String) throws -> String {
        guard let word = next() else { throw BenchmarkError("\(name) is missing\n\(Benchmarks.usage)") }
        return word
    }

    func number(_ name: String, default standard: Double) throws -> Double {
        guard let text = options[name] else { return standard }
        guard let value = Double(text), value > 0 else { throw BenchmarkError("\(name): \(text)") }
        return value
    }

    func integer(_ name: String, default standard: Int) throws -> Int {
        Int(try number(name, default: Double(standard)))
    }

    /// `--threads`, or one per processor.
    func threads() throws -> Int { try integer("--threads", default: sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
