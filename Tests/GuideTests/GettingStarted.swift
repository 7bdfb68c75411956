import Backends
import FineTuning
import Testing

/// The code of FineTuning.docc/GettingStarted.md. `make lint` checks that the guide quotes these regions.
@Suite struct GettingStarted {
    @Test func `the guide trains, evaluates and predicts`() throws {
        let files = try GuideFiles()
        let (base, corpus, test, output) = (files.base, files.corpus, files.corpus, files.output)

        // [snippet: load]
        let backend = try Device.auto.makeBackend()
        let dataset = try ClassifyDataset.load(path: corpus)
        print("\(dataset.examples.count) examples of \(dataset.labels.names)")
        // [end]

        // [snippet: configure]
        var config = TrainingConfig(checkpointDir: output)
        config.epochs = 2
        config.batchSize = 8
        config.learningRate = 1e-3
        config.loraRank = 8
        config.targetModules = ["all-linear"]

        let trainer = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)
        // [end]

        // [snippet: plan]
        let plan = try trainer.plan(dataset)
        print("\(plan.trainableParameterCount) of \(plan.parameterCount) parameters are trained")
        print("\(plan.totalSteps) steps, about \(plan.memoryEstimate >> 20) MiB")
        // [end]

        // [snippet: train]
        let result = try trainer.train(dataset)
        for epoch in result.history {
            print("epoch \(epoch.epoch): loss \(epoch.trainLoss)", epoch.validation?.accuracy ?? .nan)
        }
        // [end]

        // [snippet: evaluate]
        let classifier = try Classifier.load(output + "/best", backend: backend)
        let unseen = try ClassifyDataset.load(path: test, knownLabels: classifier.labels)
        let evaluation = try classifier.evaluate(unseen)
        if case .singleLabel(let report) = evaluation.report {
            print("accuracy \(report.accuracy), macro F1 \(report.macroAverage.f1)")
        }
        // [end]

        // [snippet: predict]
        for prediction in try classifier.predict(["rm -rf $dir", #"rm -rf "${dir:?}""#]) {
            print(prediction.labelNames, prediction.probabilities)
        }
        // [end]

        #expect(result.reason == .completed)
        #expect(result.history.count == 2)
        #expect(plan.totalSteps == result.steps)
        #expect(evaluation.loss.isFinite)
    }

    @Test func `the guide makes a corpus in memory`() throws {
        // [snippet: memory]
        let labels = LabelMap(names: ["safe", "unsafe"])!
        let dataset = ClassifyDataset(
            examples: [
                Example(text: "ls -l", label: .index(0)),
                Example(text: "rm -rf $dir", label: .index(1)),
            ],
            labels: labels, problemType: .singleLabel)
        // [end]
        #expect(dataset.classCounts == [1, 1])
    }
}
