// Whoever trains needs the types of corpora and of labels: one import brings them.
@_exported public import ClassificationData
