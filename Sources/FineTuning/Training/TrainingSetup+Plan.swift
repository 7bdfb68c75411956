import ClassificationData
import Inference
import TensorCore
import TransformerModels

extension TrainingSetup {
    /// What the run is going to do.
    ///
    /// - Parameter secondsEstimate: how long it will take, if that was measured.
    func plan(
        model: SequenceClassifier, memory: TrainingMemoryPlan, secondsEstimate: Double? = nil
    ) -> TrainingPlan {
        TrainingPlan(
            baseDirectory: base.directory, baseName: BaseIdentity.name(ofDirectory: base.directory),
            architecture: base.config.architecture.classifierClass, parameterCount: base.parameterCount,
            nonEmbeddingParameterCount: base.nonEmbeddingParameterCount,
            trainableParameterCount: model.store.count, device: base.backend.description,
            labels: dataset.labels, problemType: dataset.problemType,
            trainCounts: dataset.classCounts(of: train.indices),
            validationCounts: validationCounts, trainExamples: train.indices.count,
            validationExamples: validation?.indices.count ?? 0,
            validationOverlap: trainedValidationLines.count,
            head: HeadOrigin(baseLabelCount: base.headLabelCount, labelCount: dataset.labels.count),
            tokensPerEpoch: tokensPerEpoch,
            textLengths: train.fullLengths + (validation?.fullLengths ?? []), lengthLimit: maxSeqLength,
            dataHash: dataset.sourceHash, validationHash: validationHash,
            longestSequence: max(train.longest, validation?.longest ?? 0), stepsPerEpoch: stepsPerEpoch,
            totalSteps: totalSteps,
            warmupSteps: LRSchedule(config: config, totalSteps: totalSteps).warmupSteps,
            classWeights: classWeights.values, classWeightRule: classWeights.rule,
            memoryEstimate: memory.estimate, secondsEstimate: secondsEstimate, config: config,
            choices: choices, warnings: warnings)
    }

    private static let timedTokens = 1_024
    private static let longTime = 5.0

    /// How long the run will take, by the time of a step on some of its texts. The model is left as it was.
    ///
    /// - Parameter now: the clock, in seconds.
    func secondsEstimate(
        model: SequenceClassifier, memory: TrainingMemoryPlan, now: () -> Double
    ) throws -> Double {
        let step = TrainingStep(
            model: model, data: train, loss: loss, config: config, padTokenID: padToken.id,
            workspace: base.backend.makeWorkspace(), memory: memory, collective: SingleProcess(),
            profile: nil)
        var (indices, tokens) = ([Int](), 0)
        for index in order.indices(inEpoch: 0).prefix(config.effectiveBatchSize)
        where tokens < Self.timedTokens {
            indices.append(index)
            tokens += train.sequences[index].inputIDs.count
        }
        var seconds = 0.0
        // The first step also reads the weights from the disk.
        for attempt in 0..<2 where attempt == 0 || seconds < Self.longTime {
            let start = now()
            tokens = try step.run(indices: indices, step: attempt, learningRate: 0).tokens
            seconds = now() - start
        }
        let training = Double(tokensPerEpoch) * Double(totalSteps) / Double(stepsPerEpoch)
        var evaluations = (totalSteps + stepsPerEpoch - 1) / stepsPerEpoch
        if let evalSteps = config.evalSteps { evaluations += totalSteps / evalSteps }
        // Validation has no backward pass, which takes as long as the other.
        let validating = Double((validation?.tokenCount ?? 0) * evaluations) / 2
        return (training + validating) * seconds / Double(max(1, tokens))
    }

    private var validationCounts: [Int] {
        guard let validation, let validationDataset else { return dataset.labels.names.map { _ in 0 } }
        return validationDataset.classCounts(of: validation.indices)
    }

    private var tokensPerEpoch: Int {
        order.count == train.indices.count
            ? train.tokenCount
            : order.indices(inEpoch: 0).reduce(0) { $0 + train.sequences[$1].inputIDs.count }
    }
}

extension TrainingSetup {
    /// The memory of the program itself, and of a vocabulary entry in the tokenizer, in bytes.
    private static let programBytes = 48 << 20
    private static let bytesPerVocabularyEntry = 700

    /// The device's plan to stay within the run's memory.
    ///
    /// - Throws: `TrainingError.tooLittleMemory` with the least that is possible.
    func memoryPlan(for model: SequenceClassifier) throws -> TrainingMemoryPlan {
        let texts = dataset.examples.reduce(0) { $0 + $1.text.utf8.count }
        let tokens = train.tokenCount + (validation?.tokenCount ?? 0)
        let demand = TrainingDemand(
            shape: model.shape(hasDropout: config.loraDropout > 0),
            longestText: max(train.longest, validation?.longest ?? 0, 1), longestStep: longestStep,
            hostBytes: Self.programBytes + Self.bytesPerVocabularyEntry * base.config.vocabSize + 2 * texts
                + 4 * tokens,
            limit: config.maxMemory, tokenBudget: config.tokenBudget)
        do throws(BackendError) {
            return try base.backend.planTraining(demand)
        } catch {
            if case .limitTooLow(let limit, let least) = error {
                throw TrainingError.tooLittleMemory(limit: limit, least: least)
            }
            throw error
        }
    }
}
