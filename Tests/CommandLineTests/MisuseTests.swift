import TestSupport
import Testing

/// The program's messages and exit statuses when something is wrong.
@Suite struct MisuseTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Runs the program and expects a status and words of standard error; standard output must be empty.
    private func expect(
        _ status: Int32, _ arguments: [String], input: String = "", says words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try Apr.run(arguments, input: input)
        #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("apr: "), "\(outcome.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(outcome.errors.contains(word), "\(outcome.errors)", sourceLocation: sourceLocation)
        }
    }

    private func finetune(_ more: String...) -> [String] {
        ["finetune", Fixture.base, "--quiet", "-o", directory("run")] + more
    }

    // MARK: 64, wrong usage

    @Test func `An unknown command and an unknown flag are wrong usage`() throws {
        try expect(64, ["tokenise"], says: "tokenise")
        try expect(64, finetune("--learningrate", "1"), says: "--learningrate", "apr finetune --help")
    }

    @Test(arguments: [
        ("--lr", "--learning-rate"), ("--num-train-epochs", "--epochs"), ("--num_train_epochs", "--epochs"),
        ("--per-device-train-batch-size", "--batch-size"), ("--per_device_train_batch_size", "--batch-size"),
        ("--learning_rate", "--learning-rate"), ("--learnin-rate", "--learning-rate"),
        ("--lora-r", "--rank"), ("--lr-scheduler-type", "--lr-scheduler"), ("--output-dir", "--output"),
        ("--max-length", "--max-seq-length"), ("--train-file", "--data"), ("--dry-run", "--plan"),
        ("--validation-split", "--val-split"), ("--resume-from-checkpoint", "--resume"),
        ("--max_seq_len", "--max-seq-length"), ("--train", "--data"), ("--dev-file", "--val-data"),
        ("--outdir", "--output"), ("--cuda", "--device"), ("--jobs", "--threads"),
        ("--targets", "--target-modules"),
        ("--text_column_name", "--input-column"),
        ("--gradient-accumulation", "--gradient-accumulation-steps"),
        ("--metric", "--metric-for-best"), ("--logging_dir", "--tensorboard"), ("--max_epochs", "--epochs"),
    ])
    func `A flag of other programs is answered with ours`(written: String, meant: String) throws {
        try expect(
            64, finetune(written, "1"), says: "unknown option '\(written)'; did you mean \(meant)?",
            "apr finetune --help")
    }

    @Test(arguments: [
        ("train", "finetune"), ("fintune", "finetune"), ("fine-tune", "finetune"), ("evaluate", "eval"),
        ("inference", "predict"), ("download", "pull"), ("push", "publish"), ("Predict", "predict"),
        ("evalute", "eval"), ("compare", "report"), ("status", "monitor"), ("fuse", "merge"),
        ("resume", "finetune"),
    ])
    func `A command of other programs is answered with ours`(written: String, meant: String) throws {
        try expect(64, [written, "x"], says: "unknown command \"\(written)\"; did you mean apr \(meant)?")
    }

    @Test(arguments: ["--model", "--model_name_or_path", "--base-model"])
    func `A flag for the base is answered with how it is given`(written: String) throws {
        try expect(
            64, finetune(written, "x"), says: "unknown option '\(written)'; the base has no flag",
            "apr finetune path/to/base")
    }

    @Test func `What resembles nothing is answered without a guess`() throws {
        try expect(64, ["xyzzyplugh"], says: "unknown command \"xyzzyplugh\"; see apr --help")
        let outcome = try Apr.run(["predict", "x", "--xyzzyplugh"])
        #expect(outcome.status == 64 && !outcome.errors.contains("did you mean"), "\(outcome.errors)")
        try expect(64, ["predict", "x", "--topk", "3"], says: "did you mean --top-k?")
    }

    @Test func `A value of the wrong kind is wrong usage and named`() throws {
        try expect(64, finetune("--epochs", "three"), says: "'three'", "--epochs")
        try expect(64, finetune("--model-size", "big"), says: "'big'")
        try expect(64, finetune("--task", "summarize"), says: "'summarize'", "classify")
        try expect(64, finetune("--metric-for-best", "f1"), says: "'f1'", "macro_f1")
    }

    @Test func `All settings that cannot be are named together by their flags`() throws {
        let corpus = try directory.write(Fixture.corpus(), to: "c.jsonl")
        try expect(
            64,
            finetune(
                "--data", corpus, "--rank", "0", "--learning-rate=-1", "--target-modules", "q_proj,x_proj"),
            says: "--rank: 0", "--learning-rate: -1.0", "--target-modules: \"x_proj\"")
    }

    @Test func `Missing base and missing corpus are named with their remedies`() throws {
        try expect(64, ["finetune", "--data", "x.jsonl", "-o", directory("run")], says: "no base model")
        try expect(64, finetune(), says: "no corpus", "--data")
    }

    @Test func `Flags that exclude each other are refused`() throws {
        try expect(64, finetune("--data", "x", "--resume", "--overwrite"), says: "--resume and --overwrite")
        try expect(64, ["predict", "x", "--text", "a", "--data", "b"], says: "one of --text, --data and -")
        try expect(64, ["predict", "x"], says: "no text")
        try expect(64, ["tokenize", Fixture.base, "file.jsonl"], says: "--data")
        try expect(64, finetune("--data", "-", "--val-data", "-"), says: "standard input")
    }

    @Test func `The number of threads is checked`() throws {
        try expect(64, finetune("--data", "x", "--threads", "0"), says: "--threads: 0")
    }

    @Test func `A memory limit that is too low is refused with the least that is possible`() throws {
        let corpus = try directory.write(Fixture.corpus(), to: "c.jsonl")
        try expect(
            64, finetune("--data", corpus, "--max-memory", "1M"), says: "1000000 bytes", "--max-memory ")
        try expect(64, finetune("--data", corpus, "--max-memory", "lots"), says: "'lots'")
    }

    // MARK: 1, failure

    @Test func `CUDA is said not to be there yet`() throws {
        try expect(
            1, finetune("--data", "x", "--device", "cuda"), says: "CUDA is not supported yet", "--device cpu")
    }

    // MARK: 65, bad data or model file

    @Test func `Every bad line of a corpus is reported and nothing starts`() throws {
        let corpus = try directory.write(
            Fixture.corpus() + "{\"input\":1,\"label\":0}\nno json\n", to: "bad.jsonl")
        try expect(65, finetune("--data", corpus), says: "bad.jsonl:41:", "bad.jsonl:42:")
        #expect(try directory.names() == ["bad.jsonl"])
    }

    @Test func `A base of another size than expected is refused with both numbers`() throws {
        try expect(
            65, finetune("--data", "x", "--model-size", "0.5B"), says: "25.9 K", "--model-size 0.5B")
    }

    @Test func `A base that is a file of another kind is named with the remedy`() throws {
        let file = try directory.write("GGUF", to: "m.gguf")
        try expect(65, ["finetune", file, "--data", "x", "-o", directory("run")], says: "apr import")
    }

    @Test func `What is no checkpoint is refused by every command that needs one`() throws {
        for command in [
            ["predict", directory.path, "--text", "a"], ["eval", directory.path, "--data", "x"],
            ["merge", directory.path, "-o", directory("merged")], ["verify", directory.path],
            ["inspect", directory.path],
        ] {
            try expect(65, command, says: directory.path)
        }
    }

    @Test func `Bad lines of texts are named by their lines in the whole file before anything is predicted`()
        throws
    {
        let rows = (0..<5000).map { $0 == 4321 || $0 == 17 ? "{}" : "{\"text\":\"row \($0)\"}" }
        let file = try directory.write(rows.joined(separator: "\n"), to: "texts.jsonl")
        try expect(
            65, ["tokenize", Fixture.base, "--data", file], says: "texts.jsonl:18:", "texts.jsonl:4322:")
    }

    // MARK: 69, the Hub is needed and unavailable

    @Test func `A base that is neither a directory nor in the cache is named with the remedy`() throws {
        try expect(
            69, ["finetune", "Some/Model", "--data", "x", "-o", directory("run")],
            says: "Some/Model", "HF_HUB_OFFLINE", "apr pull")
    }

    // MARK: 73 and 74, files

    @Test func `A file that cannot be read is an input error`() throws {
        try expect(74, finetune("--data", directory("none.jsonl")), says: "none.jsonl")
        try expect(74, ["tokenize", Fixture.base, "--data", directory("none.jsonl")], says: "none.jsonl")
        try expect(74, ["inspect", directory("none")], says: "none")
    }

    @Test func `An output that is in the way is refused`() throws {
        let file = try directory.write("x", to: "file")
        try expect(73, ["finetune", Fixture.base, "--data", "x", "-o", file], says: "not a directory")
    }
}
