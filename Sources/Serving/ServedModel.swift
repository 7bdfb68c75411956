package import Inference
import Platform
import TextTokenization

/// A classifier under the name by which clients ask for it.
package struct ServedModel: Sendable {
    /// The name.
    package let name: String
    /// Where it was loaded from, as the user wrote it.
    package let source: String
    /// The classifier.
    package let classifier: Classifier
    private let droppingLeft: Tokenizer
    private let droppingRight: Tokenizer

    package init(name: String, source: String, classifier: Classifier) {
        self.name = name
        self.source = source
        self.classifier = classifier
        droppingLeft = classifier.tokenizer.withoutTruncationAndPadding(dropsLeft: true)
        droppingRight = classifier.tokenizer.withoutTruncationAndPadding(dropsLeft: false)
    }

    /// The tokenizer for requests that say which end of a long text is dropped; nil for the classifier's own.
    func tokenizer(dropsLeft: Bool?) -> Tokenizer? { dropsLeft.map { $0 ? droppingLeft : droppingRight } }
}

/// The classifiers that are served. One of them may be replaced at any time; requests that have begun keep the old one.
package final class ServedModels: Sendable {
    private let models: Locked<[ServedModel]>

    /// - Precondition: there is at least one, and no name occurs twice.
    package init(_ models: [ServedModel]) {
        precondition(!models.isEmpty, "nothing to serve")
        self.models = Locked(models)
    }

    /// All of them, in the order in which they were given.
    package var all: [ServedModel] { models.withLock { $0 } }

    /// The first: it answers requests that name none.
    var first: ServedModel { models.withLock { $0[0] } }

    /// The model of a name.
    func model(named name: String) -> ServedModel? {
        models.withLock { models in models.first { $0.name.utf8.elementsEqual(name.utf8) } }
    }

    /// Replaces the model with the same name.
    package func replace(with model: ServedModel) {
        models.withLock { models in
            for index in models.indices where models[index].name.utf8.elementsEqual(model.name.utf8) {
                models[index] = model
            }
        }
    }
}
