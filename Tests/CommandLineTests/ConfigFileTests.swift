import JSONCore
import TestSupport
import Testing

/// Settings from a file.
@Suite struct ConfigFileTests {
    private let directory: TemporaryDirectory
    private let corpus: String

    init() throws {
        directory = try TemporaryDirectory()
        corpus = try directory.write(Fixture.corpus(), to: "corpus.jsonl")
    }

    private func plan(_ yaml: String, _ flags: String...) throws -> Outcome {
        let file = try directory.write(yaml, to: "run.yaml")
        return try Apr.run(["finetune", "--config", file, "--plan", "--json", "--quiet"] + flags)
    }

    @Test func `Settings of a file take effect and flags win over them`() throws {
        let yaml = """
            base: \(Fixture.base)
            data: \(corpus)
            epochs: 7
            learning_rate: 1e-3     # an underscore is as good as a dash
            target-modules: [q_proj, o_proj]
            class-weights: none
            oversample: true
            max-steps:
            max-memory: 900M
            output: \(directory("run"))
            """
        let outcome = try plan(yaml, "--epochs", "2", "--no-oversample")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let config = try #require(try outcome.json()["plan"]?["config"])
        #expect(config["epochs"]?.int == 2)
        #expect(config["learning_rate"]?.double == 1e-3)
        #expect(config["target_modules"]?.strings == ["q_proj", "o_proj"])
        #expect(config["oversample"]?.bool == false)
        #expect(config["max_steps"] == .null)
        #expect(config["max_memory"]?.int == 900_000_000)
        #expect(config["rank"] == nil)
        #expect(config["lora_rank"]?.int == 16)
    }

    @Test func `A value out of range is found where it stands, or at its flag`() throws {
        let outcome = try plan("rank: 4\nbatch-size: 0\nepochs: 0\n", "--epochs", "-1")
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("run.yaml:2: batch-size: 0; expected 1 to"))
        #expect(outcome.errors.contains("--epochs"))
        #expect(!outcome.errors.contains("run.yaml:3"))
    }

    @Test
    func `Unknown names are refused with the near miss, wrong kinds with what is expected, all at once`()
        throws
    {
        let outcome = try plan("learnig-rate: 1\nepochs: many\nlora_rank: 4\nqqq: 1\noversample: 3\n")
        #expect(outcome.status == 64)
        #expect(
            outcome.errors.contains(
                "run.yaml:1: \"learnig-rate\" is not a setting; did you mean \"learning-rate\"?"))
        #expect(outcome.errors.contains("run.yaml:2: epochs is \"many\"; expected a number"))
        #expect(outcome.errors.contains("run.yaml:3: \"lora-rank\" is not a setting; did you mean \"rank\"?"))
        #expect(outcome.errors.contains("run.yaml:4: \"qqq\" is not a setting; see apr finetune --help"))
        #expect(outcome.errors.contains("run.yaml:5: oversample is \"3\"; expected true or false"))
    }

    @Test func `What is no YAML is bad data with its line`() throws {
        let outcome = try plan("epochs: 3\n  bad: [\n")
        #expect(outcome.status == 65 && outcome.errors.contains("run.yaml:"), "\(outcome.errors)")
    }
}
