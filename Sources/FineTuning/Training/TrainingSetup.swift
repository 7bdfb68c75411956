import CheckpointIO
import ClassificationData
import Inference
import TensorCore
import TextTokenization
import TransformerModels

/// Everything that a run needs before its first step: training and validation data, class weights, a new model.
struct TrainingSetup {
    let config: TrainingConfig
    let base: BaseModel
    let dataset: ClassifyDataset
    /// The validation corpus: the training corpus itself if it was split.
    let validationDataset: ClassifyDataset?
    let split: DatasetSplit
    let order: EpochOrder
    let train: TokenizedSet
    let validation: TokenizedSet?
    let classWeights: ClassWeights
    let tokenizer: ClassifierTokenizer
    var padToken: PadToken { tokenizer.padToken }
    let maxSeqLength: Int
    /// The texts that are trained on.
    let trainingTexts: TrainingTexts
    /// The lines of validation rows whose text is also trained on; none after a split, which keeps equal texts together.
    let trainedValidationLines: [Int]
    let warnings: [TrainingWarning]
    /// The settings that rules chose.
    let choices: [DefaultRules.Choice]

    init(
        config: TrainingConfig, base: BaseModel, tokenizer: Tokenizer, dataset: ClassifyDataset,
        validation given: ClassifyDataset?, progress: @escaping (WorkProgress) -> Void = { _ in }
    ) throws {
        self.base = base
        self.dataset = dataset
        if let given { try Self.check(given, against: dataset) }
        split = try Self.split(dataset, config: config, validation: given)
        guard !split.train.isEmpty else { throw TrainingError.noTrainingExamples }
        order = try EpochOrder(split, of: dataset, seed: config.seed, oversample: config.oversample)
        // Its directory is the base's: a checkpoint has the base's tokenizer.
        let source = try ClassifierTokenizer(base: base, tokenizer: tokenizer, directory: base.directory)
        self.tokenizer = source
        maxSeqLength = min(config.maxSeqLength, base.config.maxPositionEmbeddings)
        let classCounts = dataset.classCounts(of: split.train)
        // Rules choose what nobody gave; from here on all settings have their values.
        let resolved = DefaultRules.resolve(
            config,
            for: DefaultRules.Facts(
                parameterCount: base.parameterCount, examples: order.count, classCounts: classCounts,
                problemType: dataset.problemType))
        choices = resolved.choices
        var config = resolved.config
        classWeights = try ClassWeights(
            config.classWeights, counts: classCounts, labels: dataset.labels,
            problemType: dataset.problemType, oversampling: config.oversample)
        // The run keeps the file's current values, so that it can be resumed without the file and from any directory.
        if case .file = config.classWeights, let values = classWeights.values {
            config.classWeights = .values(values)
        }
        self.config = config
        let limit = maxSeqLength
        let template = config.template
        func tokenized(_ dataset: ClassifyDataset, _ indices: [Int]) throws -> TokenizedSet {
            try TokenizedSet(
                dataset, indices: indices, tokenizer: source.tokenizer, template: template, maxLength: limit,
                vocabSize: base.config.vocabSize, progress: progress)
        }
        train = try tokenized(dataset, split.train)
        if let given {
            validationDataset = given
            validation = try tokenized(given, Array(given.examples.indices))
        } else if split.validation.isEmpty {
            validationDataset = nil
            validation = nil
        } else {
            validationDataset = dataset
            validation = try tokenized(dataset, split.validation)
        }
        trainingTexts = TrainingTexts(of: split, in: dataset)
        trainedValidationLines = given.map(trainingTexts.lines) ?? []
        var warnings = Self.warnings(
            config: config, base: base, dataset: dataset, split: split, train: train, validation: validation,
            classWeights: classWeights)
        warnings += given?.warnings.map(TrainingWarning.validationData) ?? []
        let stepsPerEpoch = (order.count + config.effectiveBatchSize - 1) / config.effectiveBatchSize
        let largest = LRSchedule(
            config: config, totalSteps: config.totalSteps(stepsPerEpoch: stepsPerEpoch)
        ).largestRate
        if largest < 0.01 * config.learningRate {
            warnings.append(.rateNeverRose(largest: largest, wanted: config.learningRate))
        }
        if let given, !trainedValidationLines.isEmpty {
            warnings.append(
                .validationOverlap(
                    count: trainedValidationLines.count, of: given.examples.count,
                    lines: Array(trainedValidationLines.prefix(20))))
        }
        self.warnings = warnings
    }

    /// The split of a corpus; one that comes with validation data trains as a whole.
    static func split(
        _ dataset: ClassifyDataset, config: TrainingConfig, validation given: ClassifyDataset?
    ) throws(DatasetError) -> DatasetSplit {
        try DatasetSplit(
            dataset, validationShare: given == nil ? config.valSplit : 0, seed: config.seed)
    }

    /// The number of optimizer steps of an epoch; the last may have fewer samples.
    var stepsPerEpoch: Int { (order.count + config.effectiveBatchSize - 1) / config.effectiveBatchSize }

    /// The number of optimizer steps of the run.
    var totalSteps: Int { config.totalSteps(stepsPerEpoch: stepsPerEpoch) }

    /// The most tokens that an optimizer step can have.
    var longestStep: Int {
        train.indices.map { train.sequences[$0].inputIDs.count }.sorted(by: >)
            .prefix(config.effectiveBatchSize).reduce(0, +)
    }

    /// A classifier with new adapters.
    func makeModel() throws -> SequenceClassifier {
        try SequenceClassifier(
            base: base, numLabels: dataset.labels.count, adapter: adapterConfig(baseReference: nil),
            seed: config.seed, maxSequenceLength: maxSeqLength)
    }

    /// The adapter's settings.
    ///
    /// - Parameter baseReference: the base's name in `adapter_config.json`, with its commit if known.
    func adapterConfig(baseReference: (name: String, revision: String?)?) -> AdapterConfig {
        AdapterConfig(
            baseModelNameOrPath: baseReference?.name, rank: config.loraRank, loraAlpha: config.loraAlpha,
            loraDropout: config.loraDropout, targetModules: .list(config.resolvedTargetModules),
            useRSLoRA: config.useRSLoRA, revision: baseReference?.revision)
    }

    /// The loss of this run.
    var loss: LossFunction {
        LossFunction(
            classWeights: classWeights.values?.map(Float.init),
            labelSmoothing: dataset.problemType == .singleLabel ? config.labelSmoothing : 0)
    }

    /// The hash of separate validation data; nil if the corpus was split.
    var validationHash: String? {
        validationDataset.flatMap {
            $0.sourceHash == dataset.sourceHash && !split.validation.isEmpty ? nil : $0.sourceHash
        }
    }

    /// The hash of the order of separate validation data: the losses of a batch are added up in it. Nil if the corpus was split.
    var validationOrder: String? { validationHash == nil ? nil : validationDataset?.orderHash }

    private static func check(_ validation: ClassifyDataset, against dataset: ClassifyDataset) throws {
        guard validation.labels == dataset.labels else {
            throw TrainingError.validationLabels(
                "its classes are \(LineProblem.listed(validation.labels.names)), the training data's \(LineProblem.listed(dataset.labels.names)); read it with the training data's classes"
            )
        }
        guard validation.problemType == dataset.problemType else {
            throw TrainingError.validationLabels("one of the two corpora is multi-label and the other is not")
        }
    }

    private static func warnings(
        config: TrainingConfig, base: BaseModel, dataset: ClassifyDataset, split: DatasetSplit,
        train: TokenizedSet, validation: TokenizedSet?, classWeights: ClassWeights
    ) -> [TrainingWarning] {
        var warnings = dataset.warnings.map(TrainingWarning.data) + split.warnings.map(TrainingWarning.split)
        if let text = classWeights.warning { warnings.append(.classWeights(text)) }
        let limit = base.config.maxPositionEmbeddings
        if config.maxSeqLength > limit {
            warnings.append(.longerThanBase(maxSeqLength: config.maxSeqLength, maxPositionEmbeddings: limit))
        }
        // Ten times beyond what any of our experiments or PEFT's examples found useful.
        if !(1e-7...0.05).contains(config.learningRate) {
            warnings.append(.unusualLearningRate(config.learningRate))
        }
        let truncated = train.truncatedCount + (validation?.truncatedCount ?? 0)
        if truncated > 0 {
            let texts = train.indices.count + (validation?.indices.count ?? 0)
            // Only a limit below the base's positions can be raised.
            warnings.append(
                config.maxSeqLength < limit
                    ? .truncated(count: truncated, of: texts, maxSeqLength: config.maxSeqLength)
                    : .truncatedByBase(count: truncated, of: texts, maxPositionEmbeddings: limit))
        }
        if let labels = base.headLabelCount {
            warnings.append(.baseHasHead(labels: labels, isUsed: labels == dataset.labels.count))
        }
        if validation == nil { warnings.append(.noValidation) }
        return warnings
    }
}
