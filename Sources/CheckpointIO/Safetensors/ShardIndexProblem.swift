public import JSONCore
public import Platform

/// The rules of `model.safetensors.index.json` that a file can break.
public enum ShardIndexProblem: Sendable, Hashable {
    /// The index is not a JSON document.
    case notJSON(JSONError)
    /// A member is not what it has to be.
    case invalidMember(String, expected: String)
    /// The index names no tensor.
    case empty
    /// An entry names a file outside the directory of the index.
    case outsideDirectory(tensor: String, entry: String)
    /// Shards that the index names are not there.
    case missingShards([String])
    /// A shard lacks a tensor that the index assigns to it.
    case missingTensor(name: String, shard: String)
    /// Two names are the same text in different encodings.
    case ambiguousName(String)
    /// The index spreads the model over more files than a reader opens.
    case tooManyShards(Int, limit: Int)
}

extension ShardIndexProblem: ExplainedProblem {
    public var fact: String {
        switch self {
        case .notJSON(let error): "not valid JSON: \(error)"
        case .invalidMember(let member, let expected): "\(member) is not \(expected)"
        case .empty: "the index names no tensor"
        case .outsideDirectory(let tensor, let entry):
            "tensor \"\(tensor)\" is placed in \"\(entry)\", which is not a plain file name"
        case .missingShards(let names):
            "names \(names.count == 1 ? "a file that is" : "\(names.count) files that are") not there: \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : "")"
        case .missingTensor(let name, let shard):
            "tensor \"\(name)\" is placed in \"\(shard)\", which does not hold it"
        case .ambiguousName(let name): "two tensor names look the same: \"\(name)\""
        case .tooManyShards(let count, let limit): "names \(count) files, more than the limit of \(limit)"
        }
    }

    public var remedy: String {
        switch self {
        case .outsideDirectory: "shards must lie beside the index; do not use this model"
        case .missingShards: "fetch the missing files, from the same revision as the index"
        case .missingTensor: "fetch the model again, all files from one revision"
        default: "the index is damaged; fetch the model again"
        }
    }
}
