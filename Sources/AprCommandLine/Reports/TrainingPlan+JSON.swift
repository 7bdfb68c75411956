import ClassificationData
import FineTuning
import JSONCore

extension TrainingPlan {
    /// The plan for programs.
    var json: JSONObject {
        [
            "base_directory": .string(baseDirectory),
            "base_name": .string(baseName),
            "architecture": .string(architecture),
            "parameter_count": JSONValue(parameterCount),
            "non_embedding_parameter_count": JSONValue(nonEmbeddingParameterCount),
            "trainable_parameter_count": JSONValue(trainableParameterCount),
            "trainable_share": JSONValue(trainableShare),
            "device": .string(device),
            "labels": JSONValue(labels.names),
            "problem_type": .string(problemType.configName),
            "train_examples": JSONValue(trainExamples),
            "train_counts": .array(trainCounts.map { JSONValue($0) }),
            "validation_examples": JSONValue(validationExamples),
            "validation_counts": .array(validationCounts.map { JSONValue($0) }),
            "tokens_per_epoch": JSONValue(tokensPerEpoch),
            "longest_sequence": JSONValue(longestSequence),
            "steps_per_epoch": JSONValue(stepsPerEpoch),
            "total_steps": JSONValue(totalSteps),
            "warmup_steps": JSONValue(warmupSteps),
            "class_weight_rule": .string(classWeightRule.description),
            "class_weights": classWeights.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "memory_estimate_bytes": JSONValue(memoryEstimate),
            "warnings": JSONValue(warnings.map { FlagName.text($0.message) }),
            "config": .object(config.json),
        ]
    }
}
