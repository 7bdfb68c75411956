import TensorCore
import TransformerModels

extension TrainingSetup {
    /// What the run is going to do.
    func plan(trainableParameterCount: Int) -> TrainingPlan {
        TrainingPlan(
            baseDirectory: base.directory, baseName: BaseIdentity.name(ofDirectory: base.directory),
            architecture: base.config.family.classifierArchitecture, parameterCount: base.parameterCount,
            nonEmbeddingParameterCount: base.nonEmbeddingParameterCount,
            trainableParameterCount: trainableParameterCount, device: base.backend.description,
            labels: dataset.labels, problemType: dataset.problemType,
            trainCounts: dataset.classCounts(of: train.places),
            validationCounts: validationCounts, trainExamples: train.places.count,
            validationExamples: validation?.places.count ?? 0, tokensPerEpoch: tokensPerEpoch,
            textLengths: train.fullLengths + (validation?.fullLengths ?? []), lengthLimit: maxSeqLength,
            dataHash: dataset.sourceHash, validationHash: validationHash,
            longestSequence: max(train.longest, validation?.longest ?? 0), stepsPerEpoch: stepsPerEpoch,
            totalSteps: totalSteps,
            warmupSteps: LRSchedule(config: config, totalSteps: totalSteps).warmupSteps,
            classWeights: classWeights.values, classWeightRule: classWeights.rule,
            memoryEstimate: memoryEstimate(trainableParameterCount), config: config, warnings: warnings)
    }

    private var validationCounts: [Int] {
        guard let validation, let validationDataset else { return dataset.labels.names.map { _ in 0 } }
        return validationDataset.classCounts(of: validation.places)
    }

    private var tokensPerEpoch: Int {
        order.count == train.places.count
            ? train.tokenCount
            : order.places(inEpoch: 0).reduce(0) { $0 + train.sequences[$1].inputIDs.count }
    }

    /// Weights in fp32, four buffers of trained state, and the activations that the backward pass of one
    /// micro-batch needs.
    private func memoryEstimate(_ trainable: Int) -> Int {
        let model = base.config
        let tokens = max(config.tokenBudget, train.longest)
        let attention = (model.numAttentionHeads + 2 * model.numKeyValueHeads) * model.headDim
        let perLayer = 6 * model.hiddenSize + 2 * attention + 4 * model.intermediateSize
        return 4 * (base.parameterCount + 4 * trainable + tokens * perLayer * model.numHiddenLayers)
    }
}
