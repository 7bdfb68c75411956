public import JSONCore

/// `report.json`: what the report shows beside the log, kept so that the page can be made again without a model.
public struct RunFacts: Sendable, Hashable {
    /// The file's name in a run directory.
    public static let fileName = "report.json"
    private static let schemaVersion = 1

    /// A name and what it is, for a table.
    public struct Fact: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The base's name.
    public var baseName: String
    /// The classes.
    public var labels: [String]
    /// The number of training examples of each class.
    public var trainCounts: [Int]
    /// The number of validation examples of each class.
    public var validationCounts: [Int]
    /// How many validation examples have a text that is trained on.
    public var validationOverlap: Int
    /// How long the texts are.
    public var lengths: LengthHistogram?
    /// Base, data and machine, in words.
    public var environment: [Fact]
    /// The best validation.
    public var evaluation: EvaluationSummary?
    /// What the run has to beat; nil without validation rows.
    public var baselines: BaselineFigures?

    /// Facts, without a validation yet.
    public init(
        baseName: String, labels: [String], trainCounts: [Int], validationCounts: [Int],
        validationOverlap: Int = 0, lengths: LengthHistogram?, environment: [Fact],
        evaluation: EvaluationSummary? = nil, baselines: BaselineFigures? = nil
    ) {
        self.baseName = baseName
        self.labels = labels
        self.trainCounts = trainCounts
        self.validationCounts = validationCounts
        self.validationOverlap = validationOverlap
        self.lengths = lengths
        self.environment = environment
        self.evaluation = evaluation
        self.baselines = baselines
    }

    /// The document.
    public var json: JSONObject {
        [
            "schema_version": JSONValue(Self.schemaVersion), "base_name": .string(baseName),
            "labels": JSONValue(labels), "train_counts": JSONValue(integers: trainCounts),
            "validation_counts": JSONValue(integers: validationCounts),
            "validation_overlap": JSONValue(validationOverlap),
            "lengths": lengths.map { .object($0.json) } ?? .null,
            "environment": .object(JSONObject(environment.map { ($0.name, .string($0.value)) })),
            "evaluation": evaluation.map { .object($0.json) } ?? .null,
            "baselines": baselines.map { .object($0.json) } ?? .null,
        ]
    }

    /// Reads the document; nil when it is not of this layout.
    public init?(json: JSONObject) {
        guard json["schema_version"]?.int == Self.schemaVersion, let baseName = json["base_name"]?.string,
            let labels = json["labels"]?.strings, let train = json["train_counts"]?.integers,
            let validation = json["validation_counts"]?.integers, train.count == labels.count,
            validation.count == labels.count
        else { return nil }
        self.init(
            baseName: baseName, labels: labels, trainCounts: train, validationCounts: validation,
            validationOverlap: json["validation_overlap"].flatMap { JSONValue.array([$0]).integers?.first }
                ?? 0,
            lengths: json["lengths"]?.object.flatMap(LengthHistogram.init(json:)),
            environment: (json["environment"]?.object ?? JSONObject()).map {
                Fact($0.key, $0.value.string ?? $0.value.encoded())
            },
            evaluation: json["evaluation"]?.object.flatMap(EvaluationSummary.init(json:)),
            baselines: json["baselines"]?.object.flatMap(BaselineFigures.init(json:)))
    }
}

extension JSONValue {
    init(integers: [Int]) { self = .array(integers.map { JSONValue($0) }) }
    init(numbers: [Double]) { self = .array(numbers.map { JSONValue($0) }) }

    /// The elements when all are strings.
    var strings: [String]? {
        guard let array, case let values = array.compactMap(\.string), values.count == array.count else {
            return nil
        }
        return values
    }

    /// The elements when all are whole numbers from 0, small enough to be added up.
    var integers: [Int]? {
        guard let array, case let values = array.compactMap(\.int), values.count == array.count,
            values.allSatisfy({ 0...(1 << 40) ~= $0 })
        else { return nil }
        return values
    }
}
