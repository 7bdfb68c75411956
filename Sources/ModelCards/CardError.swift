public import Diagnostics

/// What is wrong with a card.
public enum CardError: Error, Sendable, Hashable {
    /// The Hub does not know the licence's id.
    case unknownLicense(String, similar: [String])
    /// The metadata is invalid.
    case badMetadata(String)
}

extension CardError: MessageConvertible {
    public var description: String { message.description }

    public var message: Message {
        switch self {
        case .unknownLicense(let id, let similar):
            "\"\(id)\" is no licence that the Hub knows; use an id such as \(similar.isEmpty ? "apache-2.0, mit or other" : similar.joined(separator: ", "))"
        case .badMetadata(let fact):
            "README.md: \(fact); correct the lines between the two ---, or leave the card as it was written"
        }
    }
}
