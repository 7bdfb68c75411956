import ArgumentParser
import Dispatch
import FineTuning
import HTTPServer
import Inference
import Platform
import Serving
import TensorCore

/// Answers requests for classes over HTTP.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer requests over HTTP with trained checkpoints.",
        usage: "apr serve [<name>=]<checkpoint> ... [--base <dir>] [--host <address>] [--port <n>]",
        discussion: """
            Examples:
              apr serve checkpoints/best
              apr serve spam=spam/best tone=tone/best --port 8000
              apr serve checkpoints/best --host 0.0.0.0 --api-key-file key.txt --reload

            Clients of text-embeddings-inference (POST /predict), of the HF Inference API (POST /, as \
            huggingface_hub.InferenceClient sends it), of vLLM and SGLang (POST /v1/classify) and of KServe work \
            unchanged; GET /openapi.json lists all routes. The first checkpoint answers requests that name no model.

            SIGTERM and SIGINT let requests in flight be answered and end the program with status 0; a second signal \
            ends it at once. SIGHUP loads the checkpoints anew without dropping a request.
            """)

    @Argument(
        help: ArgumentHelp(
            "What apr predict takes, and the name that clients use for it; without a name, the text itself is the name.",
            valueName: "name=checkpoint"))
    var checkpoints: [String]

    @Option(
        help: ArgumentHelp(
            "The base model's directory or id. (default: found through each checkpoint)", valueName: "dir"))
    var base: String?
    @OptionGroup var verification: BaseVerificationOptions
    @OptionGroup var length: LengthOptions

    @Option(
        help: ArgumentHelp(
            "The address to listen on; 0.0.0.0 lets other machines in.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("The port to listen on; 0 takes any free one.", valueName: "n"))
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "Answer only requests with the header \"Authorization: Bearer <key>\". Other users of the machine see it; prefer --api-key-file.",
            valueName: "key"))
    var apiKey: String?

    @Option(help: ArgumentHelp("A file with the key of --api-key.", valueName: "file"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Let web pages of this origin, such as https://example.org, read answers; * lets all. (default: none)",
            valueName: "origin"))
    var corsAllowOrigin: String?

    @Flag(
        help:
            "Write a line of JSON to standard error for every answer: time, method, path, status, sizes, seconds, tokens; never texts."
    )
    var accessLog = false

    @Flag(help: "Load a checkpoint anew when training or a copy has replaced it.")
    var reload = false

    @Option(
        help: ArgumentHelp(
            "The most tokens in a pass of the model. (default: what the device prefers)", valueName: "tokens")
    )
    var maxBatchTokens: Int?

    @Option(
        help: ArgumentHelp("The most texts in a pass of the model. (default: any number)", valueName: "n"))
    var maxBatchRequests: Int?

    @Option(help: ArgumentHelp("The most texts in a request.", valueName: "n"))
    var maxClientBatchSize = 32

    @Option(
        help: ArgumentHelp(
            "The most requests to be answered at a time; others get status 429.", valueName: "n"))
    var maxConcurrentRequests = 512

    @Option(help: ArgumentHelp("The longest body of a request.", valueName: "bytes"))
    var payloadLimit = 2_000_000

    @Option(
        help: ArgumentHelp(
            "How long a request may wait for the model before it gets status 504; 0 waits for ever.",
            valueName: "seconds"))
    var timeout = 30.0

    @OptionGroup var machine: MachineOptions

    @Flag(name: [.customShort("q"), .long], help: "Print no progress; results, warnings and errors remain.")
    var quiet = false

    func validate() throws {
        guard 0...65_535 ~= port else { throw ValidationError("--port: \(port); expected 0 to 65535") }
        guard 0...86_400 ~= timeout else {
            throw ValidationError("--timeout: \(timeout); expected 0 to 86400")
        }
        let counts = [
            ("max-batch-tokens", maxBatchTokens), ("max-batch-requests", maxBatchRequests),
            ("max-client-batch-size", maxClientBatchSize), ("max-concurrent-requests", maxConcurrentRequests),
            ("payload-limit", payloadLimit),
        ]
        for (name, count) in counts {
            guard let count, !(1...Self.countLimit ~= count) else { continue }
            throw ValidationError("--\(name): \(count); expected 1 to \(Self.countLimit)")
        }
        if let corsAllowOrigin,
            corsAllowOrigin.isEmpty || !corsAllowOrigin.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        {
            throw ValidationError(
                "--cors-allow-origin: expected an origin, such as https://example.org, or *")
        }
        if apiKey != nil, apiKeyFile != nil {
            throw ValidationError("--api-key and --api-key-file exclude each other; give one of them.")
        }
    }

    private static let countLimit = 1_000_000_000

    func run() throws {
        let console = Console(isQuiet: quiet)
        let key = try key()
        let backend = try machine.makeBackend()
        let sources = try sources()
        let identities = sources.map(\.identity)
        let loader = ModelLoader(
            base: base, maxSeqLength: length.maxSeqLength, verifiesBase: verification.verifyBase,
            backend: backend)
        let models = ServedModels(try sources.map { try loader.load($0, console: console) })
        let log = accessLog ? AccessLog() : nil
        let service = ClassificationService(
            models: models, options: options(key: key), onAnswer: Self.writing(to: log),
            onFailure: { Console.standard.warning(FlagName.text(of: $0)) })
        let server = try HTTPServer(
            host: host, port: port, limits: HTTPLimits(bodyByteCount: payloadLimit),
            respond: { await service.respond(to: $0) })
        let reloading = Reloading(
            models: models, sources: sources, identities: identities, loader: loader, watches: reload)
        let isAsked = DispatchSemaphore(value: 0)
        let ending = EndingSignals(isAsked)
        let address = host.contains(":") ? "[\(host)]" : host
        try StandardOutput.write("listening on http://\(address):\(server.port)\n")
        isAsked.wait()
        service.startDraining()
        console.line("answering the requests in flight; interrupt again to stop at once")
        server.drain(seconds: timeout > 0 ? timeout : Double(86_400))
        reloading.end()
        ending.end()
        log?.finish()
    }

    private static func writing(to log: AccessLog?) -> (@Sendable (AnswerRecord) -> Void)? {
        guard let log else { return nil }
        return { log.write($0) }
    }

    private func options(key: String?) -> ClassificationService.Options {
        var options = ClassificationService.Options(version: ProductVersion.current)
        options.clientBatchSize = maxClientBatchSize
        options.concurrentRequests = maxConcurrentRequests
        options.payloadLimit = payloadLimit
        options.apiKey = key
        options.allowedOrigin = corsAllowOrigin
        options.scheduling = BatchScheduler.Limits(
            batchTokens: maxBatchTokens, batchTexts: maxBatchRequests,
            timeout: timeout > 0 ? .seconds(timeout) : nil)
        return options
    }

    /// The key that clients have to send.
    private func key() throws -> String? {
        var key = apiKey
        if let apiKeyFile {
            let bytes = try MappedFile(path: apiKeyFile, limit: 64 << 10).withUnsafeBytes { Array($0) }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CommandError(.badData, "\(apiKeyFile): the key is no UTF-8; write it as text")
            }
            key = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        }
        guard let key else { return nil }
        let isPrintable = key.utf8.allSatisfy { 0x21...0x7E ~= $0 }
        guard !key.isEmpty, isPrintable else {
            throw CommandError.usage(
                "the key of --api-key is empty, or has spaces or characters beyond ASCII")
        }
        return key
    }

    /// The checkpoints with their names.
    private func sources() throws -> [ModelSource] {
        var sources: [ModelSource] = []
        for text in checkpoints {
            let source = ModelSource(text)
            guard !source.name.isEmpty, !source.path.isEmpty else {
                throw CommandError.usage("\"\(text)\": a name or a checkpoint is empty; give name=checkpoint")
            }
            guard !sources.contains(where: { $0.name == source.name }) else {
                throw CommandError.usage(
                    "two checkpoints are named \"\(source.name)\"; give each a name: name=checkpoint")
            }
            sources.append(source)
        }
        return sources
    }
}
