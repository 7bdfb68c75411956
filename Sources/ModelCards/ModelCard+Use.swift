import ClassificationData
import Inference
import JSONCore

extension ModelCard {
    /// How the model is used, from Python and from the command line.
    var use: String {
        let checkpoint = references.checkpoint
        let command =
            references.isMerged
            ? ""
            : "\n\nWith `apr`: `apr predict \(Self.plain(checkpoint)) --text \"...\"`, and on labelled data of your own `apr eval \(Self.plain(checkpoint)) --data test.jsonl`."
        return "```python\n\(snippet)\n```\(command)"
    }

    /// Python that loads the model and classifies two texts.
    package var snippet: String { references.isMerged ? mergedSnippet : adapterSnippet }

    private var mergedSnippet: String {
        """
        from transformers import pipeline

        classify = pipeline("text-classification", \(Self.quoted(references.checkpoint)), top_k=None)

        texts = ["first text", "second, somewhat longer text"]
        for text, scores in zip(texts, classify(texts)):
            print(text, {score["label"]: round(score["score"], 3) for score in scores})
        """
    }

    /// What discards a head of the base's own, which has another number of labels; the adapter brings the trained one.
    private var headArgument: String {
        guard let count = metadata["base_head_labels"]?.int, count != description.labels.count else {
            return ""
        }
        return "\n    ignore_mismatched_sizes=True,  # the base's own head has \(count) labels"
    }

    private var adapterSnippet: String {
        let names = JSONValue(description.labels.names).encoded(
            .init(indent: nil, sortedKeys: false, asciiOnly: true))
        let decide =
            description.problemType == .singleLabel
            ? """
            for text, scores in zip(texts, logits.softmax(-1)):
                best = int(scores.argmax())
                print(f"{labels[best]} ({scores[best]:.3f}): {text}")
            """
            : """
            for text, scores in zip(texts, logits.sigmoid()):
                print([label for label, score in zip(labels, scores) if score > 0.5], text)
            """
        let revision =
            references.baseID == nil
            ? "" : references.baseRevision.map { "\n    revision=\(Self.quoted($0))," } ?? ""
        return """
            import torch
            from peft import PeftModel
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            checkpoint = \(Self.quoted(references.checkpoint))
            labels = \(names)

            tokenizer = AutoTokenizer.from_pretrained(checkpoint)
            base = AutoModelForSequenceClassification.from_pretrained(
                \(Self.quoted(references.base ?? description.base.name)),\(revision)
                num_labels=len(labels),
                id2label=dict(enumerate(labels)),
                label2id={label: i for i, label in enumerate(labels)},
                dtype=torch.float32,\(headArgument)
            )
            base.config.pad_token_id = tokenizer.pad_token_id
            model = PeftModel.from_pretrained(base, checkpoint).eval()

            texts = ["first text", "second, somewhat longer text"]
            inputs = tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=\(description.maxSeqLength))
            with torch.no_grad():
                logits = model(**inputs).logits
            \(decide)
            """
    }
}
