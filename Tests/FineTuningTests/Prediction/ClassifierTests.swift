import BackendCPU
import ClassificationData
import Evaluation
import FineTuning
import Inference
import JSONCore
import Platform
import TestSupport
import Testing

@Suite struct ClassifierTests {
    private static let texts = ["rm -rf $dir", "", "echo done x x 3", "<|pad|>", "something else entirely"]

    private func trained(_ change: (inout TrainingConfig) -> Void = { _ in }) throws -> TinyRun {
        let run = try TinyRun()
        run.config.epochs = 6
        change(&run.config)
        try run.train()
        return run
    }

    private let backend = CPUBackend(threads: 1)

    @Test func `a checkpoint predicts, finding its base by itself, in the order of the texts`() throws {
        let run = try trained()
        let classifier = try Classifier.load(run.path + "/best", backend: backend)
        let predictions = try classifier.predict(TinyRun.corpus.examples.map(\.text))
        let right = zip(predictions, TinyRun.corpus.examples).count { $0.labels == $1.label.indices }
        #expect(right >= 38)
        for (prediction, text) in zip(try classifier.predict(Self.texts), Self.texts) {
            let alone = try classifier.predict([text])[0]
            #expect(prediction.labels == alone.labels)
            for (left, right) in zip(prediction.logits, alone.logits) { #expect(abs(left - right) < 1e-4) }
            #expect(abs(prediction.probabilities.reduce(0, +) - 1) < 1e-9)
            #expect(prediction.labelNames == [classifier.labels[prediction.label]])
        }
    }

    @Test func `a pass over many texts tells how far it has come, up to all of them`() throws {
        let run = try trained { $0.epochs = 1 }
        let small = try Classifier.load(run.path + "/best", backend: backend, tokenBudget: 16)
        var seen: [WorkProgress] = []
        let predictions = try small.predict(Self.texts) { seen.append($0) }
        #expect(predictions.count == Self.texts.count)
        #expect(seen.count > 1)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.texts < $1.texts && $0.share < $1.share })
        #expect(seen.last?.texts == Self.texts.count)
        #expect(seen.last?.share == 1)
        var measured: [WorkProgress] = []
        _ = try small.evaluate(TinyRun.corpus, resamples: 0) { measured.append($0) }
        #expect(measured.allSatisfy { $0.task == .evaluating && $0.totalTexts == 40 })
        #expect(measured.last?.texts == 40)
    }

    @Test func `model apr alone gives the same predictions with the base named`() throws {
        let run = try trained { $0.useRSLoRA = true }
        let expected = try Classifier.load(run.path + "/best", backend: backend).logits(Self.texts)
        let copy = try run.directory.makeDirectory("alone")
        try run.directory.write(try run.directory.read("run/best/model.apr"), to: "alone/some-name.apr")
        let path = copy + "/some-name.apr"
        let error = #expect(throws: ClassifierError.self) { try Classifier.load(path, backend: backend) }
        #expect(error == .baseNotFound(checkpoint: path, name: "base", tried: []))
        let classifier = try Classifier.load(path, base: run.directory("base"), backend: backend)
        #expect(try classifier.logits(Self.texts) == expected)
        #expect(classifier.labels == TinyRun.corpus.labels)
    }

    @Test func `a PEFT adapter directory predicts, with labels by number`() throws {
        let run = try trained()
        let expected = try Classifier.load(run.path + "/best", backend: backend).logits(Self.texts)
        try run.directory.makeDirectory("peft")
        for name in ["adapter_config.json", "adapter_model.safetensors"] {
            try run.directory.write(try run.directory.read("run/best/\(name)"), to: "peft/\(name)")
        }
        let classifier = try Classifier.load(run.directory("peft"), backend: backend)
        #expect(try classifier.logits(Self.texts) == expected)
        #expect(classifier.labels.names == ["LABEL_0", "LABEL_1"])
    }

    @Test func `another base is an error, never another prediction`() throws {
        let run = try trained()
        let other = try TinyBase.write(in: run.directory, name: "other", seed: 2)
        let error = #expect(throws: ClassifierError.self) {
            try Classifier.load(run.path + "/best", base: other, backend: backend)
        }
        guard case .wrongBase = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(ClassifierError.wrongBase(checkpoint: "c", base: "b", name: "n"))".contains("`base`"))
    }

    @Test func `a missing base is an error that names the remedy`() throws {
        let run = try trained()
        try DiskFileSystem().rename(run.directory("base"), to: run.directory("moved"))
        let error = #expect(throws: ClassifierError.self) {
            try Classifier.load(run.path + "/best", backend: backend)
        }
        guard case .baseNotFound(_, _, let tried) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(tried.contains { $0.hasSuffix("/base") })
        // Its directory may have any name: the hash decides.
        _ = try Classifier.load(run.path + "/best", base: run.directory("moved"), backend: backend)
    }

    @Test func `a damaged checkpoint is refused`() throws {
        let run = try trained()
        var bytes = try run.directory.read("run/best/config.json")
        bytes[5] ^= 1
        try run.directory.write(bytes, to: "run/best/config.json")
        #expect(throws: FileError.self) { try Classifier.load(run.path + "/best", backend: backend) }
    }

    @Test func `several tasks may use one classifier`() async throws {
        let run = try trained()
        let classifier = try Classifier.load(run.path + "/best", backend: backend)
        let expected = try classifier.logits(Self.texts)
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 { group.addTask { try classifier.logits(Self.texts) } }
            for try await logits in group { #expect(logits == expected) }
        }
    }

    @Test func `evaluation reports on the corpus and knows which rows were trained on`() throws {
        let run = try trained()
        let classifier = try Classifier.load(run.path + "/best", backend: backend)
        let evaluation = try classifier.evaluate(TinyRun.corpus, resamples: 0)
        guard case .singleLabel(let report) = evaluation.report else {
            Issue.record("not a single-label report")
            return
        }
        #expect(report.sampleCount == 40)
        #expect(abs(report.logLoss - evaluation.loss) < 1e-6)
        #expect(evaluation.trainedOnLines.count == 32)
        let other = ClassifyDataset(
            examples: TinyRun.corpus.examples, labels: LabelMap(numbered: 2), problemType: .singleLabel)
        #expect(throws: ClassifierError.self) { try classifier.evaluate(other) }
    }

    @Test func `multi-label gives each class a probability of its own`() throws {
        let run = try TinyRun()
        let examples = TinyRun.corpus.examples.map { example in
            Example(
                text: example.text, label: .multi(example.line % 4 == 0 ? [] : example.label.indices + [2]),
                line: example.line)
        }
        let labels = LabelMap(names: ["safe", "unsafe", "marked"])!
        let corpus = ClassifyDataset(examples: examples, labels: labels, problemType: .multiLabel)
        run.config.epochs = 8
        try run.train(corpus: corpus)
        let classifier = try Classifier.load(run.path + "/best", backend: backend)
        let evaluation = try classifier.evaluate(corpus)
        guard case .multiLabel(let report) = evaluation.report else {
            Issue.record("not a multi-label report")
            return
        }
        #expect(report.microAverage.f1 > 0.7)
        let prediction = try classifier.predict(["rm -rf $dir 2"])[0]
        #expect(
            prediction.labels
                == prediction.probabilities.indices.filter { prediction.probabilities[$0] >= 0.5 })
    }

    @Test func `what is no checkpoint is refused`() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: ClassifierError.notACheckpoint(path: directory.path)) {
            try Classifier.load(directory.path, backend: backend)
        }
        #expect(throws: FileError.self) { try Classifier.load(directory("none"), backend: backend) }
    }
}
