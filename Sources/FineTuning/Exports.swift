// Programs that train also need corpora, labels and classifiers: one import is enough.
@_exported public import ClassificationData
@_exported public import Inference
