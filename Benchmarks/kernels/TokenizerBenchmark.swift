import JSONCore
import TextTokenization

/// Loading a tokenizer and encoding texts with it, on one thread.
enum TokenizerBenchmark {
    static func run(_ arguments: inout Arguments) throws -> JSONObject {
        let path = try arguments.required("TOKENIZER_JSON")
        let texts = try texts(arguments.required("TEXTS_JSONL"))
        let load = try Timing.median(seconds: 0.5) { _ = try Tokenizer(contentsOf: path) }
        let tokenizer = try Tokenizer(contentsOf: path)
        var tokens = 0
        let encode = Timing.median(seconds: 1) {
            tokens = texts.reduce(0) { $0 + tokenizer.encode($1).count }
        }
        let bytes = texts.reduce(0) { $0 + $1.utf8.count }
        // The two sides are compared by the sum of all ids.
        let sum = texts.reduce(0) { $0 + tokenizer.encode($1).reduce(0) { $0 + Int($1) } }
        return [
            "load_s": JSONValue(load), "encode_s": JSONValue(encode), "bytes": JSONValue(bytes),
            "texts": JSONValue(texts.count), "tokens": JSONValue(tokens), "id_sum": JSONValue(sum),
            "encode_mb_per_s": JSONValue(Double(bytes) / encode / 1e6),
        ]
    }

    private static func texts(_ path: String) throws -> [String] {
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            guard let text = try JSONParser.parse(Array(line.utf8))["input"]?.string else {
                throw BenchmarkError("\(path): a line without \"input\"")
            }
            return text
        }
    }
}
