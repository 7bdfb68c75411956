// consumer BASE_DIR CORPUS.jsonl OUTPUT_DIR: the README's snippet as a program.
import Backends
import FineTuning

let (base, corpus, output) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])

// [snippet]
let backend = try Device.auto.makeBackend()
let dataset = try ClassifyDataset.load(path: corpus)

var config = TrainingConfig(checkpointDir: output)
config.epochs = 2
let trainer = try ClassifyTrainer.fromPretrained(base, config: config, backend: backend)
try trainer.train(dataset) { event in
    if case .epoch(let report) = event, let validation = report.validation {
        print("epoch \(report.epoch): validation loss \(validation.loss), accuracy \(validation.accuracy)")
    }
}

let classifier = try Classifier.load(output + "/best", backend: backend)
for prediction in try classifier.predict(["rm -rf $dir", #"rm -rf "${dir:?}""#]) {
    print(prediction.labelNames, prediction.probabilities)
}
// [end]
