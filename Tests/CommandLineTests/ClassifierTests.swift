import Foundation
import JSONCore
import TestSupport
import Testing

/// A classifier trained once, for all tests that use one.
enum Trained {
    /// A run with `best/` on the tiny base; made when first asked for.
    static let run = Result {
        let directory = try TemporaryDirectory()
        let corpus = try directory.write(Fixture.corpus(), to: "corpus.jsonl")
        let outcome = try Apr.run([
            "finetune", Fixture.base, "--data", corpus, "-o", directory("run"), "--epochs", "6",
            "--batch-size", "8",
            "--learning-rate", "1e-2", "--quiet",
        ])
        guard outcome.status == 0 else { throw TrainingFailed(errors: outcome.errors) }
        return directory
    }

    struct TrainingFailed: Error { let errors: String }
}

/// From a trained checkpoint to predictions, figures, a merged model and what `inspect` says.
@Suite struct ClassifierTests {
    private let directory: TemporaryDirectory
    private let best: String

    init() throws {
        directory = try Trained.run.get()
        best = directory("run/best")
    }

    @Test func `The checkpoint has the files that were promised`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: best)
        for name in [
            "README.md", "adapter_config.json", "adapter_model.safetensors", "config.json", "manifest.json",
            "metadata.json", "model.apr", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        ] {
            #expect(names.contains(name))
        }
        #expect(!names.contains("training_state.apr"))
        let verified = try Apr.expect(["verify", best]).output
        #expect(verified.hasPrefix("\(best): valid") && verified.contains("cannot resume: no training state"))
        let run = try Apr.expect(["verify", directory("run")]).output
        #expect(run.contains("best: valid; cannot resume: no training state\n"), "\(run)")
        #expect(run.contains("resumable from: epoch-5, last\n"), "\(run)")
    }

    @Test func `Predictions come in the order of the input with all that was promised`() throws {
        let texts = (0..<600).map { $0 % 3 == 0 ? "cp \"$a\($0)\" \"$b\"" : "rm -rf $dir\($0)" }
        let input = texts.map { "{\"text\":\(JSONValue($0).encoded())}\n" }.joined()
        let rows = try Apr.run(["predict", best, "-", "--json"], input: input).jsonLines()
        #expect(rows.compactMap { $0["input"]?.string } == texts)
        for (row, text) in zip(rows, texts) {
            let probabilities = try #require(row["probabilities"]?.doubles)
            let logits = try #require(row["logits"]?.doubles)
            #expect(
                row.object?.keys == [
                    "schema_version", "input", "label", "label_name", "probabilities",
                    "probabilities_by_label", "logits", "truncated",
                ])
            #expect(row["truncated"] == false)
            #expect(row["probabilities_by_label"]?["safe"]?.double == probabilities[0])
            #expect(row["probabilities_by_label"]?["unsafe"]?.double == probabilities[1])
            #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9)
            #expect(abs(probabilities[0] - 1 / (1 + exp(logits[1] - logits[0]))) < 1e-6)
            #expect(row["label_name"]?.string == (text.hasPrefix("cp") ? "safe" : "unsafe"))
            #expect(row["label"]?.int == (text.hasPrefix("cp") ? 0 : 1))
        }
    }

    @Test func `Texts can stand on the command line, and a model file does for the checkpoint`() throws {
        let outcome = try Apr.expect(["predict", best, "--text", "rm -rf $x", "cp \"$a\" \"$b\""])
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("unsafe ") && lines[0].hasSuffix(" rm -rf $x"))
        #expect(lines[1].hasPrefix("safe "))
        let whole = try Apr.expect(["predict", best, "--text", "rm -rf $x", "--json"]).output
        let alone = try Apr.expect(["predict", best + "/model.apr", "--text", "rm -rf $x", "--json"]).output
        #expect(whole == alone)
    }

    @Test func `The most probable classes come first, as many as are asked for`() throws {
        let text = ["--text", "rm -rf $x"]
        let lines = try Apr.expect(["predict", best, "--top-k", "5"] + text).output
        #expect(lines.wholeMatch(of: /unsafe [\d.]+ %, safe [\d.]+ %  <-  rm -rf \$x\n/) != nil, "\(lines)")
        let one = try Apr.expect(["predict", best, "--top-k", "1", "--json"] + text).json()
        #expect(one["probabilities_by_label"]?.object?.keys == ["unsafe"])
        #expect(one["probabilities"]?.array?.count == 2)
        let both = try Apr.expect(["predict", best, "--top-k", "2", "--json"] + text).json()
        #expect(both["probabilities_by_label"]?.object?.keys == ["unsafe", "safe"])
        let none = try Apr.run(["predict", best, "--top-k", "0"] + text)
        #expect(none.status == 64 && none.errors.contains("--top-k: 0"))
    }

    @Test func `Every row of an evaluation can be written with what it is and what it is taken for`() throws {
        let file = directory("rows.jsonl")
        let data = try directory.write(
            "{\"input\":\"rm -rf $d1\",\"label\":\"unsafe\"}\n\n{\"input\":\"rm -rf $d2\",\"label\":\"safe\"}\n",
            to: "two.jsonl")
        try Apr.expect(["eval", best, "--data", data, "--predictions", file])
        let rows = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
            try JSONParser.parse($0.utf8)
        }
        #expect(rows.compactMap { $0["line"]?.int } == [1, 3])
        #expect(rows.compactMap { $0["true_label_name"]?.string } == ["unsafe", "safe"])
        #expect(rows.compactMap { $0["label_name"]?.string } == ["unsafe", "unsafe"])
        #expect(rows.compactMap { $0["is_right"]?.bool } == [true, false])
        let alone = try Apr.expect(["predict", best, "--text", "rm -rf $d2", "--json"]).json()
        #expect(rows[1]["probabilities"] == alone["probabilities"])
    }

    @Test func `The directory of a run is refused with a checkpoint of it named`() throws {
        let outcome = try Apr.run(["predict", directory("run"), "--text", "a"])
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("such as \(best)"))
    }

    @Test func `A base that is another model is refused`() throws {
        let other = try directory.makeDirectory("other")
        for name in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
            try FileManager.default.copyItem(atPath: "\(Fixture.base)/\(name)", toPath: "\(other)/\(name)")
        }
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Fixture.base)/model.safetensors")))
        bytes[bytes.count - 1] ^= 1
        try directory.write(bytes, to: "other/model.safetensors")
        let outcome = try Apr.run(["predict", best, "--base", other, "--text", "a"])
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("SHA-256"))
        let missing = try Apr.run(["predict", best, "--base", directory("nowhere"), "--text", "a"])
        #expect(missing.status == 65)
        #expect(missing.errors.contains("--base"))
    }

    @Test func `Figures are of the data given, with a warning about rows that were trained on`() throws {
        let outcome = try Apr.expect(["eval", best, "--data", directory("corpus.jsonl"), "--json"])
        #expect(outcome.errors.contains("32 rows of 40 were trained on"), "\(outcome.errors)")
        let report = try outcome.json()
        #expect(report["schema_version"]?.int == 1)
        #expect(report["samples"]?.int == 40)
        #expect(report["trained_on_rows"]?.int == 32)
        #expect((report["accuracy"]?.double ?? 0) > 0.9)
        let fresh = try directory.write(
            "{\"input\":\"rm -rf $new\",\"label\":\"unsafe\"}\n", to: "fresh.jsonl")
        let text = try Apr.expect(["eval", best, "--data", fresh])
        #expect(text.output.contains("macro avg"))
        #expect(!text.errors.contains("trained on"))
    }

    @Test func `One evaluation gives the report for people and, in a file, the one for programs`() throws {
        let file = directory("report.json")
        let data = directory("corpus.jsonl")
        let text = try Apr.expect(["eval", best, "--data", data, "--json-output", file]).output
        #expect(text == (try Apr.expect(["eval", best, "--data", data]).output))
        let json = try Apr.expect(["eval", best, "--data", data, "--json"]).output
        #expect(try String(contentsOfFile: file, encoding: .utf8) == json)
        let nowhere = try Apr.run([
            "eval", best, "--data", data, "--json-output", directory("missing/report.json"),
        ])
        #expect(nowhere.status == 73)
        #expect(nowhere.output == text)
        #expect(nowhere.errors.contains("missing/"))
    }

    @Test func `A label the model lacks counts as wrong with one warning`() throws {
        let rows = [
            ("rm -rf $a", "unsafe"), (#"cp \"$a\" \"$b\""#, "safe"), ("ls", "strange"), ("ls -l", "strange"),
            ("pwd", "odd"),
        ].map { "{\"input\":\"\($0)\",\"label\":\"\($1)\"}\n" }
        let data = try directory.write(rows.joined(), to: "strange.jsonl")
        let file = directory("strange-rows.jsonl")
        let outcome = try Apr.expect(["eval", best, "--data", data, "--json", "--predictions", file])
        let warnings = outcome.errors.split(separator: "\n").filter { $0.contains("does not know") }
        #expect(warnings.count == 1 && warnings[0].contains("3 of 5 rows"), "\(outcome.errors)")
        #expect(warnings.first?.contains("\"odd\" (1), \"strange\" (2)") == true, "\(outcome.errors)")
        let report = try outcome.json()
        #expect(report["accuracy"]?.double == 0.4)
        #expect(report["labels"]?.strings == ["safe", "unsafe", "odd", "strange"])
        #expect(report["unknown_labels"]?.strings == ["odd", "strange"])
        #expect((report["loss"]?.double ?? 9) < 1, "the loss is of the rows whose label is known")
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
            try JSONParser.parse($0.utf8)
        }
        #expect(lines.compactMap { $0["is_right"]?.bool } == [true, true, false, false, false])
        #expect(lines[2]["true_label_name"]?.string == "strange")
        #expect(lines[2]["probabilities"]?.array?.count == 2)

        let foreign = try directory.write("{\"input\":\"a\",\"label\":\"strange\"}\n", to: "foreign.jsonl")
        let refused = try Apr.run(["eval", best, "--data", foreign])
        #expect(refused.status == 65 && refused.errors.contains("strange"), "\(refused.errors)")
    }

    @Test func `Lines of text are texts, from standard input and from a file`() throws {
        let input = "rm -rf $x\r\n\n[a log line]\ncp \"$a\" \"$b\"\n"
        let rows = try Apr.run(["predict", best, "-", "--json"], input: input).jsonLines()
        #expect(rows.compactMap { $0["input"]?.string } == ["rm -rf $x", "[a log line]", "cp \"$a\" \"$b\""])
        #expect(rows.first?["label_name"]?.string == "unsafe")
        let bracket = try Apr.run(["predict", best, "-", "--json"], input: "[info] text\n").jsonLines()
        #expect(bracket.compactMap { $0["input"]?.string } == ["[info] text"])
        let list = try Apr.run(["predict", best, "-", "--json"], input: "[{\"text\":\"a\"}]").jsonLines()
        #expect(list.compactMap { $0["input"]?.string } == ["a"])
        let file = try directory.write("{\"text\":\"a\"}\nb", to: "lines.txt")
        let indented = try Apr.run(["predict", best, "-", "--json"], input: "\n  \n  a\n b\n").jsonLines()
        #expect(indented.compactMap { $0["input"]?.string } == ["  a", " b"])
        let lines = try Apr.expect(["predict", best, "--data", file, "--json"]).jsonLines()
        #expect(lines.compactMap { $0["input"]?.string } == ["{\"text\":\"a\"}", "b"])
        let mixed = try Apr.run(["predict", best, "-", "--json"], input: "{\"text\":\"a\"}\nb\n")
        #expect(mixed.status == 65 && mixed.errors.contains("standard input:2"), "\(mixed.errors)")
        let damaged = try directory.write("a\nb\u{0}\n", to: "nul.txt")
        let refused = try Apr.run(["predict", best, "--data", damaged])
        #expect(refused.status == 65 && refused.errors.contains("nul.txt:2: a NUL byte"), "\(refused.errors)")
    }

    @Test func `The rest of a row can be kept`() throws {
        let rows = "{\"id\":7,\"text\":\"ls\",\"label\":{\"a\":[1]}}\n{\"text\":\"pwd\"}\n"
        let json = try Apr.run(["predict", best, "-", "--json", "--keep-columns"], input: rows).jsonLines()
        #expect(json.map { $0["columns"]?.encoded() } == ["{\"id\":7,\"label\":{\"a\":[1]}}", "{}"])
        let table = try directory.write("id,text,note\n1,ls,\"a,b\"\n", to: "kept.csv")
        let csv = try Apr.expect(["predict", best, "--data", table, "--json", "--keep-columns"]).json()
        #expect(
            csv["columns"]?.encoded() == "{\"id\":\"1\",\"note\":\"a,b\"}" && csv["input"]?.string == "ls")
        let plain = try Apr.run(["predict", best, "-", "--keep-columns"], input: rows)
        #expect(plain.status == 64 && plain.errors.contains("--keep-columns needs --json"))
    }

    @Test func `A merged model is a plain model, is not written over by accident, and can be replaced`()
        throws
    {
        let merged = directory("merged")
        try Apr.expect(["merge", best, "-o", merged, "--quiet"])
        let names = try FileManager.default.contentsOfDirectory(atPath: merged)
        #expect(Set(names).isSuperset(of: ["config.json", "model.safetensors", "tokenizer.json"]))
        #expect(!names.contains { $0.hasPrefix("adapter") })
        let inspection = try Apr.expect(["inspect", merged, "--json"]).json()
        #expect(inspection["kind"]?.string == "model")
        #expect(inspection["tensors"]?.array?.contains { $0["name"]?.string == "score.weight" } == true)

        // It predicts what the checkpoint predicts, with its classes, and without its base.
        let texts = ["--text", "rm -rf $x", "cp \"$a\" \"$b\"", "", "--json"]
        let ours = try Apr.expect(["predict", best] + texts).jsonLines()
        let theirs = try Apr.expect(["predict", merged] + texts).jsonLines()
        #expect(ours.count == 3 && theirs.count == 3)
        for (one, other) in zip(ours, theirs) {
            #expect(one["label_name"] == other["label_name"])
            for (logit, same) in zip(one["logits"]?.doubles ?? [], other["logits"]?.doubles ?? [.nan]) {
                #expect(abs(logit - same) < 1e-4)
            }
        }
        let data = directory("corpus.jsonl")
        let report = try Apr.expect(["eval", merged, "--data", data, "--json"]).json()
        #expect(
            report["accuracy"]
                == (try Apr.expect(["eval", best, "--data", data, "--json"]).json()["accuracy"]))
        #expect(report["labels"]?.strings == ["safe", "unsafe"])
        let based = try Apr.run(["predict", merged, "--base", Fixture.base, "--text", "a"])
        #expect(based.status == 65 && based.errors.contains("needs no base"), "\(based.errors)")

        let refused = try Apr.run(["merge", best, "-o", merged])
        #expect(refused.status == 73)
        #expect(refused.errors.contains("--overwrite"))
        try Apr.expect(["merge", best, "-o", merged, "--overwrite", "--dtype", "bf16", "--quiet"])
        let smaller = try Apr.expect(["inspect", merged, "--json"]).json()
        #expect(smaller["tensors"]?.array?.allSatisfy { $0["dtype"]?.string == "BF16" } == true)
    }

    @Test func `Overwriting never removes what is no model`() throws {
        let home = try directory.makeDirectory("home")
        try directory.write("precious", to: "home/thesis.txt")
        let outcome = try Apr.run(["merge", best, "-o", home, "--overwrite"])
        #expect(outcome.status == 73)
        #expect(outcome.errors.contains("thesis.txt"))
        let run = try Apr.run(["merge", best, "-o", directory("run/last"), "--overwrite"])
        #expect(run.status == 73)
    }

    @Test(arguments: [
        ("model.apr", "apr"), ("model.safetensors", "safetensors"),
        ("adapter_model.safetensors", "safetensors"), (".", "checkpoint"),
    ])
    func `Files of every kind are described`(name: String, kind: String) throws {
        let inspection = try Apr.expect(["inspect", "\(best)/\(name)", "--json"]).json()
        #expect(inspection["schema_version"]?.int == 1)
        #expect(inspection["kind"]?.string == kind)
        #expect((inspection["tensor_count"]?.int ?? 0) > 4)
        #expect(try Apr.expect(["inspect", "\(best)/\(name)"]).output.contains("score"))
    }

    @Test func `Tensors of all layers stand together unless every one is asked for`() throws {
        let summary = try Apr.expect(["inspect", Fixture.base]).output
        #expect(summary.contains("model.layers.0-1.self_attn.q_proj.weight"), "\(summary)")
        #expect(summary.contains("  x 2\n"))
        let all = try Apr.expect(["inspect", Fixture.base, "--tensors"]).output
        #expect(all.contains("model.layers.1.self_attn.q_proj.weight") && !all.contains("0-1"))
        let json = try Apr.expect(["inspect", Fixture.base, "--json"]).json()
        let names = json["tensors"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.contains("model.layers.1.self_attn.q_proj.weight"))
    }

    @Test func `A damaged checkpoint is found out`() throws {
        try FileManager.default.copyItem(atPath: best, toPath: directory("damaged"))
        try directory.write("{}", to: "damaged/adapter_config.json")
        let outcome = try Apr.run(["verify", directory("damaged"), "--json"])
        #expect(outcome.status == 65)
        #expect(try outcome.json()["valid"]?.bool == false)
        #expect(try Apr.run(["predict", directory("damaged"), "--text", "a"]).status == 65)
    }
}
