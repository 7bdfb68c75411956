import CheckpointIO
import ClassificationData
import HuggingFaceCache
import JSONCore
import Platform
public import TensorCore
import TextTokenization
import TransformerModels

extension Classifier {
    /// Loads a trained classifier with its base.
    ///
    /// - Parameters:
    ///   - path: a checkpoint directory, a `model.apr` file, or the directory of a PEFT adapter or of a full model with
    ///     a head for classification, such as `ModelMerger` writes.
    ///   - base: the base's directory or Hub id; nil finds it through the checkpoint.
    ///   - backend: the device.
    ///   - maxSeqLength: the tokens to which texts are truncated. Nil keeps the limit that a classifier of `apr` was
    ///     trained with, and takes that of the tokenizer and the base for one that another program trained.
    ///   - tokenBudget: the tokens per pass; nil lets the device choose.
    ///   - verifiesBase: whether every byte of the base is read and its hash compared; otherwise the hash that is
    ///     remembered of an unchanged file is trusted.
    ///   - progress: receives the share of the base's weights read, from 0 to 1: first to compare their hash with
    ///     that of the classifier's base, if it is not cached, and then to load them.
    /// - Throws: `ClassifierError` if there is no classifier, if its base is missing, has other weights, or has a
    ///   configuration that makes another model of them, or if the base cannot read texts as long as `maxSeqLength`;
    ///   `FileError` for a damaged checkpoint; `ModelError` or a tokenizer's error for a base that cannot be used.
    public static func load(
        _ path: String, base: String? = nil, backend: any Backend, maxSeqLength: Int? = nil,
        tokenBudget: Int? = nil, verifiesBase: Bool = false, progress: ((Double) -> Void)? = nil
    ) throws -> Classifier {
        let source = try ClassifierSource(path: path)
        let numLabels = try source.numLabels()
        let baseDirectory = try BaseLocator.locate(
            source, given: base, readsAll: verifiesBase, progress: progress)
        let read = try tokenizer(of: source, baseDirectory: baseDirectory)
        let base = try BaseModel.load(directory: baseDirectory, backend: backend, progress: progress)
        if source.description == nil { try refuseRegression(source, base: base, numLabels: numLabels) }
        let directory = source.tokenizerDirectory ?? baseDirectory
        let limits = TokenizerLimits(directory: directory, tokenizer: read)
        let tokenizer = try classifierTokenizer(
            of: source, base: base, tokenizer: read, directory: directory, dropsLeft: limits.dropsLeft)
        let limit = base.config.maxPositionEmbeddings
        if let maxSeqLength, maxSeqLength > limit {
            throw ClassifierError.beyondPositions(maxSeqLength: maxSeqLength, limit: limit)
        }
        let maxSeqLength = min(
            maxSeqLength ?? source.description?.maxSeqLength ?? limits.maxLength ?? limit, limit)
        let model = try SequenceClassifier(
            base: base, numLabels: numLabels, adapter: source.adapter, seed: 0,
            maxSequenceLength: maxSeqLength, hasAdapters: !source.isFullModel)
        try install(source, in: model.store)
        let problemType =
            source.description?.problemType
            ?? ProblemType(configName: base.config.raw["problem_type"]?.string) ?? .singleLabel
        return Classifier(
            model: model, labels: try labels(of: source, base: base, count: numLabels),
            problemType: problemType, tokenizer: tokenizer, maxSeqLength: maxSeqLength,
            template: source.description?.template ?? source.settings.template, tokenBudget: tokenBudget,
            trainingTexts: source.trainingTexts,
            checkpoint: source.description == nil ? nil : source.directory, settings: source.settings,
            decision: try source.settings.rule(
                labelCount: numLabels, problemType: problemType, path: source.directory))
    }

    /// Refuses an adapter of PEFT's that computes a number: one logit is a class only where labels are independent.
    private static func refuseRegression(
        _ source: ClassifierSource, base: BaseModel, numLabels: Int
    ) throws(ClassifierError) {
        let problem = base.config.raw["problem_type"]?.string
        guard problem != "regression" else {
            throw .regression(
                path: source.path, fact: "its base's config.json has \"problem_type\": \"regression\"")
        }
        guard numLabels > 1 || problem == ProblemType.multiLabel.configName else {
            throw .regression(path: source.path, fact: "its head has one output")
        }
    }

    private static func tokenizer(of source: ClassifierSource, baseDirectory: String) throws -> Tokenizer {
        if let file = source.tokenizerFile { return try Tokenizer(file: file) }
        if let directory = source.tokenizerDirectory { return try Tokenizer(directory: directory) }
        if let expected = source.description?.tokenizerHash {
            let path = baseDirectory.appendingComponent("tokenizer.json")
            guard try HuggingFaceBlob.sha256(path: path) == expected else {
                throw ClassifierError.wrongTokenizer(checkpoint: source.path, path: path)
            }
        }
        return try Tokenizer(directory: baseDirectory)
    }

    private static func classifierTokenizer(
        of source: ClassifierSource, base: BaseModel, tokenizer: Tokenizer, directory: String, dropsLeft: Bool
    ) throws -> ClassifierTokenizer {
        guard let description = source.description else {
            return try ClassifierTokenizer(
                base: base, tokenizer: tokenizer, directory: directory, dropsLeft: dropsLeft)
        }
        let id = description.padTokenID
        // Training drops the end of a text. Earlier versions copied a truncation_side that they did not follow. The
        // tokenizer.json of a checkpoint has the pad token already.
        return try ClassifierTokenizer(
            tokenizer: tokenizer, padToken: PadToken(id: id, text: tokenizer.token(id: id) ?? ""),
            addsPadToken: description.addsPadToken && source.tokenizerDirectory == nil, directory: directory)
    }

    private static func labels(of source: ClassifierSource, base: BaseModel, count: Int) throws -> LabelMap {
        if let labels = source.description?.labels {
            guard labels.count == count else {
                throw ClassifierError.wrongWeights(
                    path: source.path, fact: "the head has \(count) rows for \(labels.count) labels")
            }
            return labels
        }
        // PEFT keeps no labels, but a base that was configured as a classifier may have them.
        let names = (0..<count).compactMap { base.config.raw["id2label"]?[String($0)]?.string }
        return LabelMap(names: names).flatMap { $0.count == count ? $0 : nil } ?? LabelMap(numbered: count)
    }

    /// Copies every trained tensor into the store, each exactly once.
    private static func install(_ source: ClassifierSource, in store: ParameterStore) throws {
        do {
            try store.install(in: .parameters) { slot in
                source.tensors[slot.name].map { ($0.shape, $0.values) }
            }
        } catch ParameterStore.Mismatch.missing(let name) {
            throw ClassifierError.wrongWeights(path: source.path, fact: "tensor \(name) is missing")
        } catch ParameterStore.Mismatch.wrongShape(let name, let shape, let expected) {
            throw ClassifierError.wrongWeights(
                path: source.path, fact: "tensor \(name) has the shape \(shape) instead of \(expected)")
        }
        let known = Set(store.slots.map(\.name))
        if let extra = source.tensors.keys.filter({ !known.contains($0) }).sorted().first {
            throw ClassifierError.wrongWeights(
                path: source.path, fact: "tensor \(extra) is not part of the model")
        }
    }
}
