import ClassificationData
import Inference
public import JSONCore

/// Everything besides the schedule that decides a run's weights. A run can be resumed only with the same identity.
///
/// It is a JSON object, so that errors name a difference by its setting. A member that a record lacks is unknown, not
/// different: an earlier version wrote the record.
public struct RunIdentity: Sendable, Hashable {
    /// The members, in the order of the report.
    public let json: JSONObject

    /// An identity read from a file.
    init(json: JSONObject) { self.json = json }

    /// The identity of a run with these settings on this data and base.
    init(
        config: TrainingConfig, base: BaseIdentity, dataHash: String, dataOrder: String?,
        validationHash: String?, validationOrder: String?, splitFingerprint: String, labels: LabelMap,
        problemType: ProblemType,
        tokenizer: TokenizerFiles, padTokenID: Int32, classWeights: [Double]?, stepsPerEpoch: Int
    ) {
        var json: JSONObject = [
            "base_files": .object(base.filesJSON),
            Self.baseConfig: base.config.map { .object($0) } ?? .null,
            "tokenizer": .string(tokenizer.hash), "tokenizer_files": .object(tokenizer.settingHashes),
            "data_hash": .string(dataHash), "data_order": dataOrder.map { .string($0) } ?? .null,
            "validation_hash": validationHash.map { .string($0) } ?? .null,
            Self.validationOrder: validationOrder.map { .string($0) } ?? .null,
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
        "data_hash", "data_order", "validation_hash", validationOrder, "split", "class_weight_values",
    ]
    private static let validationOrder = "validation_order"
    private static let baseConfig = "base_config"

    /// One difference between a run and its record.
    struct Difference {
        /// Its description.
        let text: String
        /// Whether another corpus causes it; the run can then continue if the user asks for it.
        let isOfData: Bool
    }

    /// The differences of a recorded run from this one.
    func differences(from recorded: RunIdentity) -> [Difference] { compare(recorded).differences }

    /// The members that a record lacks.
    func unknown(in recorded: RunIdentity) -> [String] { compare(recorded).unknown }

    /// A record with what it lacks taken from another.
    func completed(from other: RunIdentity) -> RunIdentity {
        var json = json
        for member in other.json where json[member.key] == nil { json[member.key] = member.value }
        return RunIdentity(json: json)
    }

    private func compare(_ recorded: RunIdentity) -> (differences: [Difference], unknown: [String]) {
        var (differences, unknown): ([Difference], [String]) = ([], [])
        for member in json {
            // A run of an earlier version had no template: that is known. So is that there was no validation data to order.
            let missing: JSONValue? =
                member.key == "template" || member.key == Self.validationOrder && member.value == .null
                ? .null : nil
            guard let before = recorded.json[member.key] ?? missing else {
                unknown.append(member.key)
                continue
            }
            if member.key == Self.baseConfig, let config = member.value.object, let old = before.object {
                let found = BaseIdentity.differences(of: config, from: old)
                unknown += found.unknown
                differences += found.changed.map {
                    Difference(text: "the base model's \($0)", isOfData: false)
                }
            } else if before != member.value {
                differences.append(
                    Difference(
                        text: Self.describe(member.key, before: before, now: member.value),
                        isOfData: Self.followsData.contains(member.key)))
            }
        }
        return (differences, unknown)
    }

    private static func describe(_ key: String, before: JSONValue, now: JSONValue) -> String {
        switch key {
        case "data_hash": "the training data has changed"
        case "data_order": "the training data is in another order, which decides what dropout drops"
        case "validation_hash": "the validation data has changed"
        case validationOrder:
            "the validation data is in another order, which decides how the validation loss is rounded"
        case "split": "the division into training and validation data has changed"
        case "base_files": "the base model's weights have changed"
        case "class_weight_values": "the weights of the classes have changed"
        case "steps_per_epoch":
            "an epoch had \(before.int ?? 0) steps and has now \(now.int ?? 0)"
        case "tokenizer": "the base model's tokenizer has changed"
        case "tokenizer_files": "the base model's \(changedNames(before, now)) changed"
        default: "\(key) was \(brief(before)) and is now \(brief(now))"
        }
    }

    /// The names of the files of which one has changed, come or gone.
    private static func changedNames(_ before: JSONValue, _ now: JSONValue) -> String {
        let (old, new) = (before.object ?? JSONObject(), now.object ?? JSONObject())
        let names = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        return names.joined(separator: ", ") + (names.count == 1 ? " has" : " have")
    }

    private static func brief(_ value: JSONValue) -> String {
        let text = value.encoded()
        return text.utf8.count > 120 ? String(text.prefix(117)) + "…" : text
    }
}
