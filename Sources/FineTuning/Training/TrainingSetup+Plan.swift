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
            validationExamples: validation?.indices.count ?? 0, tokensPerEpoch: tokensPerEpoch,
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
