package import ClassificationData
import Evaluation
package import JSONCore
import Platform

/// What `metadata.json` adds to a classifier's weights: how it decides, how the rows of its corpus were read, and for a
/// merged model, which has no `model.apr`, the words around every text.
package struct InferenceSettings: Sendable {
    /// The file's name, in a checkpoint and beside a merged model.
    package static let fileName = "metadata.json"

    /// The temperature or the thresholds, and where they come from.
    package var decision: JSONObject?
    /// Words around every text.
    package var template: TextTemplate?
    /// The columns of the text and the separator of labels, where they were named.
    package var layout = RowLayout()

    package init() {}

    /// Reads the members of a document; what is not there is nil.
    init(metadata: JSONObject?) {
        decision = metadata?["decision"]?.object
        template = metadata?["template"]?.string.flatMap { TextTemplate($0) }
        layout = RowLayout(json: metadata)
    }

    /// The settings that lie beside a model, if the document is about a model with these labels.
    init(beside directory: String, labels: [String]?) {
        let metadata = TokenizerFiles.object(Self.fileName, in: directory)
        let named = metadata?["labels"]?.array?.compactMap(\.string)
        self.init(metadata: labels == nil || named == labels ? metadata : nil)
    }

    /// The document beside a merged model; nil when there is nothing to say.
    func document(labels: LabelMap, problemType: ProblemType) -> String? {
        guard decision != nil || template != nil || layout != RowLayout() else { return nil }
        var object: JSONObject = [
            "schema_version": 1, "model_type": "merged", "labels": JSONValue(labels.names),
            "problem_type": .string(problemType.configName),
            "template": template.map { .string($0.pattern) } ?? .null,
            "decision": decision.map { .object($0) } ?? .null,
        ]
        for member in layout.json { object[member.key] = member.value }
        return JSONValue.object(object).encoded(.pretty) + "\n"
    }

    /// The rule that the decision names.
    ///
    /// - Parameter path: what the settings were read for.
    /// - Throws: `ClassifierError.wrongDecision` if it is not one for so many labels.
    func rule(labelCount: Int, problemType: ProblemType, path: String) throws(ClassifierError) -> DecisionRule
    {
        guard let decision else { return .untuned }
        let wrong = ClassifierError.wrongDecision(path: path)
        switch problemType {
        case .singleLabel:
            guard let value = decision["temperature"], !value.isNull else { return .untuned }
            guard let temperature = value.double, (0.01...100).contains(temperature) else { throw wrong }
            return DecisionRule(temperature: temperature)
        case .multiLabel:
            guard let value = decision["thresholds"], !value.isNull else { return .untuned }
            guard let thresholds = value.array?.compactMap(\.double), thresholds.count == labelCount,
                value.array?.count == labelCount, thresholds.allSatisfy({ $0 > 0 && $0 < 1 })
            else { throw wrong }
            return DecisionRule(thresholds: thresholds)
        }
    }
}
