import ClassificationData
import FineTuning
import Inference
import JSONCore
import Platform
import TestSupport
import Testing

/// Resuming a run whose data has changed: the allowed and the refused cases.
@Suite struct ChangedDataTests {
    private func corpus(
        _ labels: LabelMap = TinyRun.corpus.labels, _ change: (inout [Example]) -> Void
    ) -> ClassifyDataset {
        var examples = TinyRun.corpus.examples
        change(&examples)
        return ClassifyDataset(examples: examples, labels: labels, problemType: .singleLabel)
    }

    private func difference(_ run: TinyRun, _ corpus: ClassifyDataset, mode: RunMode) throws -> (
        [String], isOfDataAlone: Bool
    ) {
        do {
            try run.train(mode: mode, corpus: corpus)
        } catch TrainingError.resumeMismatch(_, let differences, let isOfDataAlone) {
            return (differences, isOfDataAlone)
        }
        return ([], false)
    }

    @Test func `corrected texts are refused, and taken with a warning where that is wanted`() throws {
        let run = try TinyRun()
        try run.train(stoppingAfter: 5)
        let corrected = corpus { $0[3].text += "!" }
        let (differences, isOfDataAlone) = try difference(run, corrected, mode: .resume)
        #expect(differences.contains("the training data has changed") && isOfDataAlone)
        let result = try run.train(mode: .resumeOnChangedData, corpus: corrected)
        #expect(result.reason == .completed && result.steps == 8)
        #expect(run.events.contains(.warning(.dataChanged)))
        let steps = try MetricsLog.read(directory: run.path).filter { $0.type == "step" }.map(\.step)
        #expect(steps == Array(1...8))
        // From now on this is the run's corpus.
        run.config.epochs = 3
        #expect(try run.train(mode: .resume, corpus: corrected).steps == 12)
    }

    @Test func `rows that the earlier corpus trained on count when they validate now`() throws {
        let run = try TinyRun()
        let others = corpus { for index in $0.indices { $0[index].text += " other" } }
        try run.train(validation: others, stoppingAfter: 5)
        let now = corpus { for index in $0.indices { $0[index].text += " now" } }
        try run.train(mode: .resumeOnChangedData, corpus: now, validation: TinyRun.corpus)
        let expected = TrainingWarning.validationOverlap(count: 40, of: 40, lines: Array(1...20))
        #expect(run.events.contains(.warning(expected)))
        let metadata = try JSONParser.parse(
            MappedFile(path: run.path + "/last/metadata.json").withUnsafeBytes { Array($0) })
        #expect(metadata["validation_overlap"]?.int == 40)
        // The same corpus again: what was trained on before is not forgotten.
        run.config.epochs = 3
        try run.train(mode: .resume, corpus: now, validation: TinyRun.corpus)
        let classifierTexts = try #require(TrainingTexts(checkpoint: run.path + "/last"))
        #expect(classifierTexts.count == 80)
        #expect(classifierTexts.lines(in: TinyRun.corpus).count == 40)
    }

    @Test func `another number of steps an epoch is refused all the same`() throws {
        let run = try TinyRun()
        try run.train(stoppingAfter: 5)
        let longer = corpus { examples in
            for number in 0..<20 {
                examples.append(
                    Example(text: "ls -l \(number)", label: .index(number % 2), line: 100 + number))
            }
        }
        let (differences, isOfDataAlone) = try difference(run, longer, mode: .resumeOnChangedData)
        #expect(differences.contains("an epoch had 4 steps and has now 6") && !isOfDataAlone)
    }

    @Test func `other labels are refused all the same`() throws {
        let run = try TinyRun()
        try run.train(stoppingAfter: 5)
        let labels = try #require(LabelMap(names: ["safe", "other"]))
        let (differences, isOfDataAlone) = try difference(
            run, corpus(labels) { _ in }, mode: .resumeOnChangedData)
        #expect(!differences.isEmpty && !isOfDataAlone)
    }

    @Test func `a file of class weights is read once: the run goes on without it and names no path`() throws {
        let straight = try TinyRun()
        let path = try straight.directory.write(#"{"unsafe": 3, "safe": 0.5}"#, to: "weights-of-classes.json")
        straight.config.classWeights = .file(path)
        try straight.train()

        let run = try TinyRun(config: straight.config)
        try run.train(stoppingAfter: 3)
        try DiskFileSystem().removeFile(path)
        #expect(throws: (any Error).self) { try run.train(mode: .resume) }
        var config = try RunRecord.load(directory: run.path).config
        #expect(config.classWeights == .values([0.5, 3]))
        config.checkpointDir = run.path
        run.config = config
        try run.train(mode: .resume)
        #expect(try TinyRun.weightHashes(run.path) == TinyRun.weightHashes(straight.path))
        for file in try Directory.names(in: run.path + "/last") {
            let text = String(decoding: try run.directory.read("run/last/\(file)"), as: UTF8.self)
            #expect(!text.contains("weights-of-classes"), "\(file)")
        }
    }
}
