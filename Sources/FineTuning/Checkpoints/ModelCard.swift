import JSONCore

/// `README.md` of a checkpoint: a model card whose Python runs as it stands.
struct ModelCard: Sendable {
    let description: ModelDescription
    /// What loads the base: its Hub id or its directory.
    let baseReference: String
    /// What loads the checkpoint: its directory, or its Hub id once published.
    let checkpointReference: String
    let padToken: PadToken
    let config: TrainingConfig
    let progress: TrainingProgress
    let trainExamples: Int
    let validationExamples: Int

    /// The card.
    var text: String {
        """
        \(frontMatter)
        # \(description.labels.count)-class text classifier on \(description.base.name)

        A LoRA adapter with a classification head, trained with apr \(ProductVersion.current).

        ## Labels

        \(labelTable)

        ## Use

        ```python
        \(snippet)
        ```

        With `apr`: `apr predict \(checkpointReference) --text "..."`

        ## Results

        \(results)

        ## Training

        \(settings)

        The numbers above are from the run's own validation data. Evaluate on data of your own before relying on
        the model: `apr eval \(checkpointReference) --data test.jsonl`

        """
    }

    private var frontMatter: String {
        var lines = ["---", "library_name: peft", "pipeline_tag: text-classification"]
        if HubCache.isID(baseReference), baseReference.contains("/") {
            lines.append("base_model: \(baseReference)")
        }
        lines += ["tags:", "- lora", "- text-classification", "- apr", "---"]
        return lines.joined(separator: "\n")
    }

    private var labelTable: String {
        (["| id | label |", "|---:|---|"]
            + description.labels.names.enumerated().map { "| \($0.offset) | \(Self.cell($0.element)) |" })
            .joined(separator: "\n")
    }

    /// Python that loads the checkpoint and classifies two texts.
    var snippet: String {
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
        return """
            import torch
            from peft import PeftModel
            from transformers import AutoModelForSequenceClassification, AutoTokenizer

            checkpoint = \(Self.quoted(checkpointReference))
            labels = \(names)

            tokenizer = AutoTokenizer.from_pretrained(checkpoint)
            base = AutoModelForSequenceClassification.from_pretrained(
                \(Self.quoted(baseReference)),
                num_labels=len(labels),
                id2label=dict(enumerate(labels)),
                label2id={label: i for i, label in enumerate(labels)},
                dtype=torch.float32,
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

    private var results: String {
        var rows = [
            "| epoch | step | train loss | val loss | val accuracy | val macro-F1 |",
            "|---:|---:|---:|---:|---:|---:|",
        ]
        for epoch in progress.history {
            let validation = epoch.validation
            let best = epoch.epoch == progress.tracker.best?.epoch ? " (best)" : ""
            rows.append(
                "| \(epoch.epoch)\(best) | \(epoch.step) | \(Self.digits(epoch.trainLoss)) | \(Self.digits(validation?.loss)) | \(Self.digits(validation?.accuracy)) | \(Self.digits(validation?.macroF1)) |"
            )
        }
        return progress.history.isEmpty ? "No epoch is complete yet." : rows.joined(separator: "\n")
    }

    private var settings: String {
        [
            "\(trainExamples) training and \(validationExamples) validation examples",
            "LoRA rank \(config.loraRank), alpha \(config.loraAlpha), dropout \(config.loraDropout), on \(config.resolvedTargetModules.joined(separator: ", "))",
            "AdamW, learning rate \(config.learningRate), \(config.lrScheduler.rawValue) schedule, warm-up \(config.warmupRatio), weight decay \(config.weightDecay)",
            "effective batch \(config.effectiveBatchSize), texts of at most \(description.maxSeqLength) tokens, seed \(config.seed)",
        ]
        .map { "- " + $0 }.joined(separator: "\n")
    }

    /// A string as Python and JSON both write it.
    private static func quoted(_ text: String) -> String {
        JSONValue(text).encoded(.init(indent: nil, sortedKeys: false, asciiOnly: true))
    }

    private static func cell(_ text: String) -> String {
        String(text.unicodeScalars.map { $0 == "|" ? "\\|" : $0.value < 32 ? " " : String($0) }.joined())
    }

    private static func digits(_ value: Double?) -> String {
        value.map { "\(($0 * 10_000).rounded() / 10_000)" } ?? "-"
    }
}
