import ClassificationData
import Inference
import ModelCards
import Platform
import TensorCore
import TransformerModels

extension CheckpointComposer {
    /// The composer of a run.
    ///
    /// - Throws: `FileError` when a file of the base cannot be read.
    init(setup: TrainingSetup, memory: TrainingMemoryPlan, identity: BaseIdentity) throws {
        let base = setup.base
        let isOnHub = identity.revision != nil
        let reference = isOnHub ? identity.name : RealPath.of(base.directory)
        let files = try TokenizerFiles(setup.tokenizer, config: base.config, maxLength: setup.maxSeqLength)
        let description = ModelDescription(
            labels: setup.dataset.labels, problemType: setup.dataset.problemType,
            adapter: setup.adapterConfig(baseReference: (reference, identity.revision)), base: identity,
            maxSeqLength: setup.maxSeqLength, template: setup.config.template, padTokenID: setup.padToken.id,
            tokenizerHash: files.hash,
            addsPadToken: setup.tokenizer.addsPadToken)
        self.init(
            base: base, description: description, baseReference: reference, tokenizerFiles: files,
            padToken: setup.padToken, config: setup.config, dataHash: setup.dataset.sourceHash,
            classWeights: setup.classWeights.values,
            identity: RunIdentity(
                config: setup.config, base: identity, dataHash: setup.dataset.sourceHash,
                // The masks of dropout are drawn by an example's index in the file.
                dataOrder: setup.config.loraDropout > 0 ? setup.dataset.orderHash : nil,
                validationHash: setup.validationHash, validationOrder: setup.validationOrder,
                splitFingerprint: setup.split.fingerprint, labels: setup.dataset.labels,
                problemType: setup.dataset.problemType,
                tokenizer: files, padTokenID: setup.padToken.id, classWeights: setup.classWeights.values,
                stepsPerEpoch: setup.stepsPerEpoch),
            numerics: "\(base.backend.numericFingerprint), token budget \(memory.tokenBudget)",
            trainingTexts: setup.trainingTexts,
            trainExamples: setup.train.indices.count,
            validationExamples: setup.validation?.indices.count ?? 0,
            validationOverlap: setup.trainedValidationLines.count,
            trainLabelCounts: setup.dataset.classCounts(of: setup.train.indices),
            validationLabelCounts: setup.validation.flatMap { validation in
                setup.validationDataset?.classCounts(of: validation.indices)
            } ?? [],
            layout: setup.dataset.layout, baseLicense: BaseCard(directory: base.directory).license)
    }
}
