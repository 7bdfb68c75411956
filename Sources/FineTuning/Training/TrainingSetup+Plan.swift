import ClassificationData
import Inference
import TensorCore
import TransformerModels

extension TrainingSetup {
    /// What the run is going to do.
    func plan(model: SequenceClassifier, memory: TrainingMemoryPlan) -> TrainingPlan {
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
            memoryEstimate: memory.estimate, config: config, warnings: warnings)
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
