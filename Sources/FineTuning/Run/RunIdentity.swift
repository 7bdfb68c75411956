import ClassificationData
import Inference
public import JSONCore

/// Everything besides the schedule that decides a run's weights. A run can be resumed only with the same identity.
///
/// It is a JSON object, so that errors name a difference by its setting.
public struct RunIdentity: Sendable, Hashable {
    /// The members, in the order of the report.
    public let json: JSONObject

    /// An identity read from a file.
    init(json: JSONObject) { self.json = json }

    /// The identity of a run with these settings on this data and base.
    init(
        config: TrainingConfig, base: BaseIdentity, dataHash: String, validationHash: String?,
        splitFingerprint: String, labels: LabelMap, problemType: ProblemType, tokenizerHash: String,
        padTokenID: Int32, classWeights: [Double]?, stepsPerEpoch: Int
    ) {
        var json: JSONObject = [
            "base_files": .object(base.filesJSON), "tokenizer": .string(tokenizerHash),
            "data_hash": .string(dataHash), "validation_hash": validationHash.map { .string($0) } ?? .null,
            "split": .string(splitFingerprint), "labels": JSONValue(labels.names),
            "problem_type": .string(problemType.configName), "pad_token_id": JSONValue(Int(padTokenID)),
            // The values as well as the rule: the content of a weight file may change.
            "class_weight_values": classWeights.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "steps_per_epoch": JSONValue(stepsPerEpoch),
        ]
        for setting in TrainingSetting.all where setting.resumption == .mustMatch {
            json[setting.name] = setting.json(in: config)
        }
        self.json = json
    }

    /// What another corpus changes by itself. A run can continue with it if an epoch has as many steps as before: the
    /// position inside the epoch and the schedule stay valid.
    private static let followsData: Set<String> = [
        "data_hash", "validation_hash", "split", "class_weight_values",
    ]

    /// One difference between a run and its record.
    struct Difference {
        /// Its description.
        let text: String
        /// Whether another corpus causes it; the run can then continue if the user asks for it.
        let isOfData: Bool
    }

    /// The differences of a recorded run from this one.
    func differences(from recorded: RunIdentity) -> [Difference] {
        json.compactMap { member in
            let before = recorded.json[member.key] ?? .null
            // Records of earlier versions do not have it; their other members are sufficient.
            if member.key == "steps_per_epoch", before.isNull { return nil }
            guard before != member.value else { return nil }
            return Difference(
                text: Self.describe(member.key, before: before, now: member.value),
                isOfData: Self.followsData.contains(member.key))
        }
    }

    private static func describe(_ key: String, before: JSONValue, now: JSONValue) -> String {
        switch key {
        case "data_hash": "the training data has changed"
        case "validation_hash": "the validation data has changed"
        case "split": "the division into training and validation data has changed"
        case "base_files": "the base model's weights have changed"
        case "class_weight_values": "the weights of the classes have changed"
        case "steps_per_epoch":
            "an epoch had \(before.int ?? 0) steps and has now \(now.int ?? 0)"
        case "tokenizer": "the base model's tokenizer has changed"
        default: "\(key) was \(brief(before)) and is now \(brief(now))"
        }
    }

    private static func brief(_ value: JSONValue) -> String {
        let text = value.encoded()
        return text.utf8.count > 120 ? String(text.prefix(117)) + "…" : text
    }
}
