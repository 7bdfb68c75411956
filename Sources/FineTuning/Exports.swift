// Corpora come with the trainer: who imports FineTuning need not know in which module they are.
@_exported public import ClassificationData
