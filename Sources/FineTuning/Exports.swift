// Corpora and classifiers are part of what a user of this library works with: `import FineTuning` brings them along.
@_exported public import ClassificationData
@_exported public import Inference
