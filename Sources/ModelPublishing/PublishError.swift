public import Diagnostics

/// Why a checkpoint is not published; nothing has been changed on the Hub then.
public enum PublishError: Error, Sendable, Hashable {
    /// There is no token.
    case noToken
    /// The Hub does not know the licence's id.
    case unknownLicense(String, similar: [String])
    /// The card's metadata is invalid.
    case badCard(String)
    /// No id on the Hub could be confirmed to be the base's.
    case baseNotConfirmed(base: String, tried: [String])
    /// The id that was given is another model's.
    case baseDiffers(id: String)
    /// A file holds a path of this machine.
    case localPath(file: String, path: String)
    /// Merging needs the base on this machine.
    case notMerged
}

extension PublishError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .noToken:
            "no token; set HF_TOKEN, or give a file that holds it with \(setting: .tokenFile)"
        case .unknownLicense(let id, let similar):
            "\"\(id)\" is no licence that the Hub knows; use an id such as \(similar.isEmpty ? "apache-2.0, mit or other" : similar.joined(separator: ", "))"
        case .badCard(let fact):
            "README.md: \(fact); correct the lines between the two ---, or leave the card as it was written"
        case .baseNotConfirmed(let base, let tried):
            """
            \(base): the base's id on the Hub is not known, and a path of this machine would help nobody; \
            \(tried.isEmpty ? "" : "no model of these has its weights: \(tried.joined(separator: ", ")); ")\
            name it with \(setting: .baseModelID, value: "ORG/NAME"), or publish the merged model with \
            \(setting: .merged)
            """
        case .baseDiffers(let id):
            "\(id): its weights on the Hub are not those that were trained on; give the right \(setting: .baseModelID), or publish the merged model with \(setting: .merged)"
        case .localPath(let file, let path):
            "\(file): holds the path \(path) of this machine, which is not published; take it out"
        case .notMerged: "there is no merged model to publish"
        }
    }
}
