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

        classify = pipeline("text-classification", \(Self.quoted(references.checkpoint)), top_k=None)\(decisionLine)

        texts = ["first text", "second, somewhat longer text"]\(templateLine)
        for text, scores in zip(texts, classify(\(framed))):
            \(mergedDecision)
        """
    }

    /// What becomes of the scores of a pipeline.
    private var mergedDecision: String {
        if decision?.thresholds != nil {
            return
                "print([score[\"label\"] for score in scores if score[\"score\"] >= thresholds[score[\"label\"]]], text)"
        }
        guard decision?.temperature != nil else {
            return "print(text, {score[\"label\"]: round(score[\"score\"], 3) for score in scores})"
        }
        return """
            powers = {score["label"]: score["score"] ** (1 / temperature) for score in scores}
                print(text, {label: round(power / sum(powers.values()), 3) for label, power in powers.items()})
            """
    }

    /// The numbers that turn scores into decisions, and where they come from.
    private var decisionLine: String {
        guard let decision else { return "" }
        let source = "tuned on \(decision.samples) validation examples"
        if let temperature = decision.temperature { return "\ntemperature = \(temperature)  # \(source)" }
        guard let thresholds = decision.thresholds else { return "" }
        let pairs = zip(description.labels.names, thresholds).map { "\(Self.quoted($0)): \($1)" }
        return "\nthresholds = {\(pairs.joined(separator: ", "))}  # \(source)"
    }

    /// What discards a head of the base's own, which has another number of labels; the adapter brings the trained one.
    private var headArgument: String {
        guard let count = metadata["base_head_labels"]?.int, count != description.labels.count else {
            return ""
        }
        return "\n    ignore_mismatched_sizes=True,  # the base's own head has \(count) labels"
    }

    /// The words that the model expects around every text.
    private var templateLine: String {
        description.template.map { "\ntemplate = \(Self.quoted($0.pattern))" } ?? ""
    }

    /// The texts as the model expects them.
    private var framed: String {
        description.template == nil
            ? "texts"
            : "[template.replace(\"\(TextTemplate.placeholder)\", text) for text in texts]"
    }

    private var adapterSnippet: String {
        let names = JSONValue(description.labels.names).encoded(
            .init(indent: nil, sortedKeys: false, asciiOnly: true))
        let decide =
            description.problemType == .singleLabel
            ? """
            for text, scores in zip(texts, \(decision?.temperature == nil ? "logits" : "(logits / temperature)").softmax(-1)):
                best = int(scores.argmax())
                print(f"{labels[best]} ({scores[best]:.3f}): {text}")
            """
            : """
            for text, scores in zip(texts, logits.sigmoid()):
                print([label for label, score in zip(labels, scores) if score >= \(decision?.thresholds == nil ? "0.5" : "thresholds[label]")], text)
            """
        let revision =
            references.baseID == nil
            ? "" : references.baseRevision.map { "\n    revision=\(Self.quoted($0))," } ?? ""
        return """
            import torch
            from peft import PeftModel
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            checkpoint = \(Self.quoted(references.checkpoint))
            labels = \(names)\(decisionLine)

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

            texts = ["first text", "second, somewhat longer text"]\(templateLine)
            inputs = tokenizer(\(framed), return_tensors="pt", padding=True, truncation=True, max_length=\(description.maxSeqLength))
            with torch.no_grad():
                logits = model(**inputs).logits
            \(decide)
            """
    }
}
