// Whoever trains needs corpora, labels and classifiers too: one import brings them.
@_exported public import ClassificationData
@_exported public import Inference
