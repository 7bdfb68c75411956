import Diagnostics
import Evaluation
import JSONCore
import Reporting
import Testing

/// What the end of a run says about its model, by what its log and its figures hold.
@Suite struct RunVerdictTests {
    /// A log of epochs with these losses, of ten steps each.
    private func log(
        train: [Double], validation: [Double], accuracy: [Double]? = nil, macroF1: [Double]? = nil,
        best: Int? = nil, metric: String = "loss", reason: String = "completed", validationRows: Int = 100
    ) -> RunLog {
        var log = RunLog()
        func add(_ type: String, _ members: JSONObject) {
            var line = members
            line["type"] = .string(type)
            log.add(line)
        }
        add(
            "start",
            [
                "step": 0, "total_steps": JSONValue(10 * train.count), "steps_per_epoch": 10,
                "epochs": JSONValue(train.count), "validation_examples": JSONValue(validationRows),
                "metric_for_best": .string(metric),
            ])
        let bestEpoch = best ?? (validation.firstIndex(of: validation.min() ?? 0) ?? 0)
        for epoch in train.indices {
            for step in 1...10 {
                add(
                    "step",
                    [
                        "step": JSONValue(10 * epoch + step), "epoch": JSONValue(epoch + 1),
                        "loss": JSONValue(train[epoch]), "learning_rate": 3e-4,
                    ])
            }
            let end = JSONValue(10 * (epoch + 1))
            if epoch < validation.count {
                add(
                    "evaluation",
                    [
                        "step": end, "epoch": JSONValue(epoch + 1), "val_loss": JSONValue(validation[epoch]),
                        "val_accuracy": JSONValue(accuracy?[epoch] ?? 0.5),
                        "val_macro_f1": JSONValue(macroF1?[epoch] ?? 0.5),
                        "is_best": .bool(epoch == bestEpoch),
                    ])
            }
            add("epoch", ["step": end, "epoch": JSONValue(epoch + 1), "train_loss": JSONValue(train[epoch])])
        }
        add("end", ["step": JSONValue(10 * train.count), "reason": .string(reason), "seconds": 1])
        return log
    }

    private func facts(
        run: Double, majority: (f1: Double, lower: Double, upper: Double) = (0.1, 0.2, 0.6),
        tfidf: (f1: Double, lower: Double, upper: Double)? = nil
    ) -> RunFacts {
        func baseline(_ figures: (f1: Double, lower: Double, upper: Double)) -> BaselineFigures.Baseline {
            .init(
                trainRows: 400, figures: .init(accuracy: figures.f1, macroF1: figures.f1),
                difference: .init(lower: figures.lower, upper: figures.upper))
        }
        return RunFacts(
            baseName: "b", labels: ["calm", "wild"], trainCounts: [300, 100], validationCounts: [75, 25],
            lengths: nil, environment: [],
            baselines: BaselineFigures(
                trainRows: 400, validationRows: 100, run: .init(accuracy: run, macroF1: run),
                majorityLabels: ["calm"], majority: baseline(majority), tfidf: tfidf.map(baseline)))
    }

    private func kinds(_ log: RunLog, _ facts: RunFacts? = nil) -> [RunVerdict.Kind] {
        RunVerdict.all(log, facts).map(\.kind)
    }

    private let sound: ([Double], [Double]) = ([1.0, 0.5, 0.3], [0.8, 0.6, 0.595])

    @Test func `a sound run has nothing to complain of`() {
        let log = log(train: sound.0, validation: sound.1)
        #expect(kinds(log, facts(run: 0.8)).isEmpty)
        let verdicts = RunVerdict.all(log, facts(run: 0.8, tfidf: (0.7, 0.02, 0.2)))
        #expect(verdicts.map(\.kind) == [.betterThanTFIDF] && !verdicts[0].isProblem)
    }

    @Test func `TF-IDF is compared with the sampling error taken into account`() throws {
        let log = log(train: sound.0, validation: sound.1)
        let worse = try #require(
            RunVerdict.all(log, facts(run: 0.61, tfidf: (0.75, -0.2, -0.05))).first)
        #expect(worse.kind == .worseThanTFIDF && worse.isProblem)
        #expect(worse.description.contains("0.610 against 0.750 on 100 validation rows"))
        #expect(kinds(log, facts(run: 0.61, tfidf: (0.75, -0.3, 0.01))) == [.levelWithTFIDF])
        #expect(kinds(log, facts(run: 0.75, tfidf: (0.61, -0.01, 0.3))) == [.levelWithTFIDF])
    }

    @Test func `what is not above the majority class for certain is no better`() {
        let log = log(train: [1.0, 0.5, 0.3], validation: [0.8, 0.6, 0.61])
        #expect(kinds(log, facts(run: 0.43, majority: (0.43, 0, 0))) == [.noBetterThanMajority])
        let doubtful = RunVerdict.all(log, facts(run: 0.45, majority: (0.43, -0.01, 0.06)))
        #expect(doubtful.map(\.kind) == [.noBetterThanMajority])
        #expect(doubtful.first?.description.contains("within the sampling error") == true)
    }

    @Test func `a class is never predicted when several rows have it and none is predicted to`() throws {
        func evaluated(rare: Int) throws -> RunFacts {
            var facts = facts(run: 0.8)
            facts.evaluation = try EvaluationSummary.make(
                logits: (0..<20).flatMap { _ in [Float(1), 0] },
                samples: (0..<20).map { SummarySample(labels: [$0 < rare ? 1 : 0], text: nil, line: nil) },
                labelNames: ["calm", "wild"], isMultiLabel: false)
            return facts
        }
        let log = log(train: sound.0, validation: sound.1)
        let verdicts = RunVerdict.all(log, try evaluated(rare: 3))
        #expect(verdicts.map(\.description) == ["never predicts wild"])
        #expect(RunVerdict.all(log, try evaluated(rare: 2)).isEmpty, "two may be missed by chance")
    }

    @Test func `a validation loss that is still falling asks for more`() throws {
        let falling = log(train: [1.0, 0.9, 0.8], validation: [1.0, 0.9, 0.8])
        let verdict = try #require(RunVerdict.all(falling, nil).first)
        #expect(verdict.kind == .stillFalling)
        #expect(verdict.description.contains("`epochs`") && verdict.description.contains("3e-4"))
        #expect(kinds(log(train: [1.0, 0.9, 0.8], validation: [1.0, 0.8, 0.79])).isEmpty)
        #expect(kinds(log(train: [1.0, 0.9], validation: [0.8, 0.9])).isEmpty)
        #expect(kinds(log(train: [1.0], validation: [0.8])).isEmpty, "one epoch shows no course")
        #expect(
            kinds(log(train: [1.0, 0.9, 0.8], validation: [1.0, 0.9, 0.8], reason: "stopped_early")).isEmpty)
        // Of a model that is no better than a guess, any fall counts.
        let slow = log(train: [1.1, 1.09, 1.08], validation: [1.1, 1.095, 1.09])
        #expect(kinds(slow).isEmpty)
        #expect(
            kinds(slow, facts(run: 0.1, majority: (0.1, 0, 0))) == [.noBetterThanMajority, .stillFalling])
    }

    @Test func `a training loss that rises says that the rate was too high`() {
        let rising = RunVerdict.all(log(train: [0.9, 1.4, 1.2], validation: [1.0, 1.1, 1.2]), nil)
        #expect(rising.map(\.kind) == [.rateTooHigh])
        #expect(rising.first?.description.contains("1.400 in epoch 2 from 0.900") == true)
        // Overfitting is another matter: only the validation loss rises.
        #expect(kinds(log(train: [0.9, 0.4, 0.1], validation: [0.8, 1.1, 1.9])).isEmpty)
        // Noise is, too.
        #expect(kinds(log(train: [0.9, 0.95, 0.94], validation: [0.8, 0.9, 0.9])).isEmpty)
    }

    @Test func `another metric's choice is named with both figures and the flag`() throws {
        let log = log(
            train: [1.6, 0.8, 0.3], validation: [1.03, 1.05, 1.1], accuracy: [0.605, 0.58, 0.63],
            macroF1: [0.4035, 0.4753, 0.5499])
        let verdicts = RunVerdict.all(log, nil)
        #expect(verdicts.map(\.kind) == [.otherMetric], "accuracy names the same epoch")
        let text = try #require(verdicts.first?.description)
        #expect(text.contains("by macro F1, epoch 3") && text.contains("0.550 against 0.404 of epoch 1"))
        #expect(text.contains("`metric_for_best: macro_f1`"))
        let same = self.log(
            train: [1.6, 0.8], validation: [1.1, 1.09], accuracy: [0.5, 0.5], macroF1: [0.4, 0.4])
        #expect(kinds(same).isEmpty, "equal figures choose nothing")
    }

    @Test(arguments: ["interrupted", "failed"])
    func `a run that has not ended is not judged`(reason: String) {
        #expect(kinds(log(train: [0.9, 1.4], validation: [1, 2], reason: reason), facts(run: 0.1)).isEmpty)
    }

    @Test func `without validation rows there is one sentence`() {
        #expect(kinds(log(train: [0.9, 1.4], validation: [], validationRows: 0)) == [.noValidation])
    }

    @Test func `the figures read back as they were written`() throws {
        let facts = facts(run: 0.5, tfidf: (0.7, -0.3, -0.1))
        let text = JSONValue.object(facts.json).encoded()
        #expect(RunFacts(json: try #require(try JSONParser.parse(text).object)) == facts)
        #expect(
            facts.baselines?.rows.map { $0[0] } == [
                "this run", "TF-IDF + logistic regression", "always calm",
            ])
    }
}
