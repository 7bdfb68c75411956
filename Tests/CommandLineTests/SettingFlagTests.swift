import Diagnostics
import FineTuning
import Foundation
import JSONCore
import TestSupport
import Testing

/// The settings of the libraries as flags of `apr finetune` and as keys of its files.
@Suite struct SettingFlagTests {
    /// The options of `apr finetune` that are not settings.
    private static let otherFlags: Set<String> = [
        "task", "model-size", "data", "val-data", "format", "quoting", "input-column", "text-columns",
        "label-column",
        "label-separator", "labels", "multi-label",
        "no-multi-label", "overwrite", "resume", "allow-data-mismatch", "device", "threads", "config", "plan",
        "profile", "linear-probe", "no-linear-probe", "tensorboard", "no-text-in-report", "json", "quiet",
        "version", "help",
    ]

    /// For each setting a value as a flag and a file have it, and as it is in JSON.
    private static let values: [String: (text: String, json: JSONValue)] = [
        "checkpoint_dir": ("run", "run"), "save_every": ("2", 2), "save_interval": ("1.5", 1.5),
        "save_steps": ("3", 3), "save_total_limit": ("4", 4), "keep_optimizer_state": ("true", true),
        "epochs": ("7.5", 7.5), "max_steps": ("9", 9),
        "early_stopping_patience": ("0", 0), "metric_for_best": ("macro_f1", "macro_f1"),
        "eval_steps": ("8", 8), "batch_size": ("3", 3), "gradient_accumulation_steps": ("5", 5),
        "learning_rate": ("1e-3", 1e-3), "lr_scheduler": ("linear", "linear"),
        "warmup_ratio": ("0.123", 0.123),
        "weight_decay": ("0.25", 0.25), "max_grad_norm": ("0.5", 0.5), "label_smoothing": ("0.125", 0.125),
        "class_weights": ("inverse", "inverse"), "oversample": ("true", true), "lora_rank": ("2", 2),
        "lora_alpha": ("3.5", 3.5), "lora_dropout": ("0.0625", 0.0625), "use_rslora": ("true", true),
        "target_modules": ("q_proj, o_proj", ["q_proj", "o_proj"]), "max_seq_length": ("33", 33),
        "template": ("Review - {text}", "Review - {text}"), "val_split": ("0.375", 0.375),
        "seed": ("18446744073709551615", "18446744073709551615"),
        "max_memory": ("900M", 900_000_000), "logging_steps": ("1", 1),
    ]

    private let directory: TemporaryDirectory
    private let corpus: String

    init() throws {
        directory = try TemporaryDirectory()
        corpus = try directory.write(Fixture.corpus(), to: "corpus.jsonl")
    }

    private func flag(_ setting: String) -> String {
        let others = [
            "checkpoint_dir": "output", "lora_rank": "rank", "lora_alpha": "alpha", "use_rslora": "rslora",
        ]
        return (others[setting] ?? setting).replacing("_", with: "-")
    }

    private func text(_ setting: String) throws -> String {
        let text = try #require(Self.values[setting]?.text)
        return setting == "checkpoint_dir" ? directory(text) : text
    }

    private func expectValues(_ arguments: [String]) throws {
        let outcome = try Apr.expect(
            ["finetune", Fixture.base, "--data", corpus, "--plan", "--json", "--quiet"] + arguments)
        let config = try #require(try outcome.json()["plan"]?["config"]?.object)
        for (name, value) in Self.values {
            let json = name == "checkpoint_dir" ? .string(try text(name)) : value.json
            #expect(config[name] == json, "\(name)")
        }
    }

    @Test func `help shows a flag for every setting, as the table says, and no others`() throws {
        let settings = TrainingSetting.all.filter(\.isPublic)
        #expect(Set(settings.map(\.name)) == Set(Self.values.keys))
        let help = try Apr.expect(["finetune", "--help"]).output
        let text = String(help[try #require(help.range(of: "BASE:")).lowerBound...])
        let flags = Set(text.matches(of: /--([a-z-]+)/).map { String($0.1) })
        let ours = Set(settings.map { flag($0.name) })
        let inverted = Set(settings.filter { $0.kind == .flag }.map { "no-" + flag($0.name) })
        #expect(flags == ours.union(inverted).union(Self.otherFlags))
        let words = text.split { $0.isWhitespace }.joined(separator: " ")
        for setting in settings {
            let standard = setting.defaultText.map { " (default: \($0))" } ?? ""
            let name = flag(setting.name)
            let value =
                setting.kind == .flag ? "/--no-\(name)" : " <\(setting.valueName ?? name)>"
            #expect(words.contains("--\(name)\(value) \(setting.help)\(standard)"), "\(name)")
        }
    }

    @Test func `every setting can be given as a flag`() throws {
        try expectValues(
            TrainingSetting.all.filter(\.isPublic).flatMap { setting in
                let name = "--" + flag(setting.name)
                return setting.kind == .flag ? [name] : [name, try text(setting.name)]
            })
    }

    @Test(arguments: ["-", "_"])
    func `every setting can be given in a file, with dashes and underscores`(separator: String) throws {
        let lines = try TrainingSetting.all.filter(\.isPublic).map { setting in
            "\(flag(setting.name).replacing("-", with: separator)): \(try text(setting.name))\n"
        }
        let file = try directory.write(lines.joined(), to: "run.yaml")
        try expectValues(["--config", file])
    }

    @Test func `a setting of programs alone is no key of a file`() throws {
        let file = try directory.write("token-budget: 5\nepoch: 3\n", to: "run.yaml")
        let outcome = try Apr.run(["finetune", "--config", file, "--plan"])
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("run.yaml:1: \"token-budget\" is not a setting"))
        #expect(outcome.errors.contains("run.yaml:2: \"epoch\" is not a setting; did you mean \"epochs\"?"))
    }

    @Test func `every setting that a message can name is a flag of a command`() throws {
        let help = try ["finetune", "eval", "merge", "publish"].map { try Apr.expect([$0, "--help"]).output }
            .joined()
        for name in SettingName.allCases {
            #expect(help.contains("--\(flag(name.rawValue))"), "\(name)")
        }
    }

    @Test func `settings that differ on resume are named together`() throws {
        let run = directory("run")
        try Apr.expect(
            ["finetune", Fixture.base, "--data", corpus, "-o", run, "--epochs", "1", "--quiet"])
        let outcome = try Apr.run([
            "finetune", "--resume", run, "--learning-rate", "2e-3", "--rank", "2", "--epochs", "2", "--quiet",
        ])
        #expect(outcome.status == 65)
        #expect(
            outcome.errors.contains(
                "learning_rate was 0.001 and is now 0.002; lora_rank was 16 and is now 2;"),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("start again with --overwrite"))
    }

    /// Documents for users of the program name its commands, and a style sheet contains no messages.
    private static let documents: Set<String> = [
        "ModelCard+Use.swift", "RunPage.swift", "EvaluationPage.swift", "PageStyle.swift",
        "ServingPage.swift",
    ]

    @Test func `no library names a flag`() throws {
        let sources = Fixture.directory.appendingPathComponent("../../../Sources").standardizedFileURL
        var read = 0
        for module in try FileManager.default.contentsOfDirectory(
            at: sources, includingPropertiesForKeys: nil)
        {
            let paths =
                FileManager.default.enumerator(at: module, includingPropertiesForKeys: nil)?
                .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
            let files = try paths.map { ($0, try String(contentsOf: $0, encoding: .utf8)) }
            // The command line itself.
            if files.contains(where: { $0.1.contains("import ArgumentParser") }) { continue }
            for (path, text) in files where !Self.documents.contains(path.lastPathComponent) {
                read += 1
                for line in text.split(separator: "\n") where line.contains("--") || line.contains("-o") {
                    let code = String(line.drop { $0 == " " })
                    guard !code.hasPrefix("//") else { continue }
                    #expect(code.firstMatch(of: /(^|[^-\w])(--[a-z]|-o\b)/) == nil, "\(path.path)")
                }
            }
        }
        #expect(read > 100)
    }
}
