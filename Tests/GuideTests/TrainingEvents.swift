import Backends
import FineTuning
import Testing

/// The code of FineTuning.docc/TrainingEvents.md.
@Suite struct TrainingEvents {
    @Test func `the guide stops by a rule of its own and resumes`() async throws {
        let files = try GuideFiles()
        let (base, corpus, output) = (files.base, files.corpus, files.output)
        let backend = try Device.auto.makeBackend()
        let dataset = try ClassifyDataset.load(path: corpus)

        // [snippet: stream]
        var config = TrainingConfig(checkpointDir: output)
        config.epochs = 3
        config.batchSize = 8
        let trainer = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)

        var losses: [Double] = []
        var result: TrainingResult?
        for try await event in trainer.events(training: dataset) {
            switch event {
            case .started(let plan): print("training on \(plan.trainExamples) examples")
            case .step(let step): losses.append(step.loss)
            case .evaluated(let evaluation): print("step \(evaluation.step): macro F1 \(evaluation.macroF1)")
            case .saved(let save): print("wrote \(save.path)")
            case .warning(let warning): print("warning: \(warning)")
            case .finished(let end): result = end
            default: break
            }
        }
        // [end]
        #expect(result?.reason == .completed)
        #expect(losses.count == result?.steps)
    }

    @Test func `the guide stops in the middle and goes on`() throws {
        let files = try GuideFiles()
        let (base, corpus) = (files.base, files.corpus)
        let backend = try Device.auto.makeBackend()
        let dataset = try ClassifyDataset.load(path: corpus)
        let config = files.config(epochs: 3)

        // [snippet: stop]
        let trainer = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)
        let stopped = try trainer.train(dataset) { event in
            if case .step(let step) = event, step.step == 5 { trainer.stop() }
        }
        // [end]
        #expect(stopped.reason == .interrupted)
        #expect(stopped.steps == 5)

        // [snippet: resume]
        let next = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)
        let resumed = try next.train(dataset, mode: .resume) { event in
            if case .resumed(let report) = event { print("continues after step \(report.step)") }
        }
        // [end]
        #expect(resumed.reason == .completed)
        #expect(resumed.history.count == 3)
    }

    @Test func `the guide collects what validation got wrong`() throws {
        let files = try GuideFiles()
        let (base, corpus) = (files.base, files.corpus)
        let backend = try Device.auto.makeBackend()
        let dataset = try ClassifyDataset.load(path: corpus)
        let config = files.config(epochs: 1)
        let trainer = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)

        // [snippet: predictions]
        var worst: [(text: String, logits: ArraySlice<Float>)] = []
        try trainer.train(dataset) { event in
            guard case .predicted(let validation) = event, validation.isBest else { return }
            let count = dataset.labels.count
            worst = validation.examples.enumerated().compactMap { row, example in
                let logits = validation.logits[row * count..<(row + 1) * count]
                let predicted = logits.indices.max { logits[$0] < logits[$1] }! - logits.startIndex
                return example.label == .index(predicted) ? nil : (example.text, logits)
            }
        }
        // [end]
        #expect(worst.count <= 8)
        #expect(worst.allSatisfy { $0.logits.count == 2 })
    }
}
