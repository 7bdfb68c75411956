import ClassificationData
import Inference
import JSONCore
import Platform

extension ModelCard {
    private static let largestMatrix = 20

    /// How the model did on the run's validation data.
    var results: String {
        var parts: [String] = []
        if let report = metadata["validation_report"]?.object {
            let count = report["samples"]?.int.map { "\($0)" } ?? "the"
            parts.append("On \(count) validation examples of the run\(overlapClaim):")
            parts.append(metricTable(report))
            parts.append(classTable(report))
            if let decision = decisionText { parts.append(decision) }
            if let matrix = confusionMatrix(report) { parts.append(matrix) }
            if let calibration = calibration(report) { parts.append(calibration) }
        }
        parts.append(epochTable)
        parts.append("Evaluate on data of your own before relying on the model.")
        return parts.joined(separator: "\n\n")
    }

    /// What is known of validation examples that were trained on; checkpoints of earlier versions do not say.
    private var overlapClaim: String {
        switch validationOverlap {
        case nil: ""
        case 0: ", which were not trained on"
        case let count?:
            ". \(count) of them \(count == 1 ? "has a text that was" : "have texts that were") trained on, so the figures are too optimistic"
        }
    }

    /// How many validation examples have a text that was trained on.
    var validationOverlap: Int? { metadata["validation_overlap"]?.int }

    private func metricTable(_ report: JSONObject) -> String {
        let intervals = report["confidence_intervals_95"]
        let rows: [(String, Double?, String)] = [
            ("accuracy", report["accuracy"]?.double, "accuracy"),
            ("subset accuracy", report["subset_accuracy"]?.double, "subset_accuracy"),
            ("macro F1", report["macro_avg"]?["f1"]?.double, "macro_f1"),
            ("micro F1", report["micro_avg"]?["f1"]?.double, "micro_f1"),
            ("mean average precision", report["mean_average_precision"]?.double, "mean_average_precision"),
            ("weighted F1", report["weighted_avg"]?["f1"]?.double, ""),
            ("Matthews correlation", report["mcc"]?.double, "mcc"),
            ("log loss", report["log_loss"]?.double, ""),
            (
                "accuracy of always naming the most frequent class",
                report["majority_baseline"]?["accuracy"]?.double, ""
            ),
        ]
        let table = rows.compactMap { name, value, key -> [String]? in
            guard let value else { return nil }
            let interval = intervals?[key].flatMap { bounds -> String? in
                guard let lower = bounds["lower"]?.double, let upper = bounds["upper"]?.double else {
                    return nil
                }
                return "\(Self.digits(lower)) to \(Self.digits(upper))"
            }
            return [name, Self.digits(value), interval ?? "-"]
        }
        return CardTable(["metric", "value", "95 % interval"], alignedRight: [1, 2], table).text
    }

    private func classTable(_ report: JSONObject) -> String {
        let classes = (report["per_class"] ?? report["per_label"])?.array ?? []
        let rows = classes.map { entry in
            [
                entry["label"]?.string ?? "", Self.digits(entry["precision"]?.double),
                Self.digits(entry["recall"]?.double), Self.digits(entry["f1"]?.double),
                entry["support"]?.int.map { String($0) } ?? "-",
            ]
        }
        return CardTable(
            ["label", "precision", "recall", "F1", "examples"], alignedRight: [1, 2, 3, 4], rows
        ).text
    }

    private func confusionMatrix(_ report: JSONObject) -> String? {
        guard let matrix = report["confusion_matrix"]?.array, matrix.count <= Self.largestMatrix else {
            return nil
        }
        let names = description.labels.names
        let rows = zip(names, matrix).map { name, row in
            [name] + (row.array ?? []).map { $0.int.map { String($0) } ?? "-" }
        }
        let table = CardTable(
            ["true \\ predicted"] + names, alignedRight: Set(1...max(1, names.count)), rows)
        return "Confusion matrix:\n\n" + table.text
    }

    private func calibration(_ report: JSONObject) -> String? {
        guard let error = report["ece"]?.double else { return nil }
        let rows = (report["reliability_bins"]?.array ?? []).compactMap { bin -> [String]? in
            guard let count = bin["count"]?.int, count > 0 else { return nil }
            return [
                "\(Self.digits(bin["lower"]?.double)) to \(Self.digits(bin["upper"]?.double))", "\(count)",
                Self.digits(bin["mean_confidence"]?.double), Self.digits(bin["accuracy"]?.double),
            ]
        }
        let table = CardTable(
            ["confidence", "examples", "mean confidence", "accuracy"], alignedRight: [1, 2, 3], rows)
        return
            "Calibration: expected error \(Self.digits(error)), Brier score \(Self.digits(report["brier_score"]?.double)).\n\n"
            + table.text
    }

    private var epochTable: String {
        let epochs = metadata["history"]?.array ?? []
        guard !epochs.isEmpty else { return "No epoch is complete yet." }
        let best = metadata["best_epoch"]?.int
        let rows = epochs.map { epoch in
            let number = epoch["epoch"]?.int
            let validation = epoch["validation"]
            return [
                (number.map { String($0) } ?? "-") + (number != nil && number == best ? " (best)" : ""),
                epoch["step"]?.int.map { String($0) } ?? "-", Self.digits(epoch["train_loss"]?.double),
                Self.digits(validation?["val_loss"]?.double),
                Self.digits(validation?["val_accuracy"]?.double),
                Self.digits(validation?["val_macro_f1"]?.double),
            ]
        }
        return CardTable(
            ["epoch", "step", "train loss", "val loss", "val accuracy", "val macro-F1"],
            alignedRight: [0, 1, 2, 3, 4, 5], rows
        ).text
    }

    /// How the model was trained, and on what.
    var training: String {
        let settings = metadata["settings"]
        func number(_ key: String) -> String {
            switch settings?[key] {
            case .number(let number): number.literal
            case .string(let text): Markdown.escaped(text)
            default: "-"
            }
        }
        let modules =
            settings?["target_modules"]?.array?.compactMap(\.string).map(Markdown.escaped).joined(
                separator: ", ")
            ?? "-"
        var lines = [
            "LoRA rank \(number("lora_rank")), alpha \(number("lora_alpha")), dropout \(number("lora_dropout")), on \(modules)",
            "AdamW, learning rate \(number("learning_rate")), \(number("lr_scheduler")) schedule, warm-up \(number("warmup_ratio")), weight decay \(number("weight_decay")), gradient norm at most \(number("max_grad_norm"))",
            "effective batch \(number("effective_batch_size")), texts of at most \(description.maxSeqLength) tokens, label smoothing \(number("label_smoothing")), seed \(metadata["seed"]?.string.map(Markdown.escaped) ?? "-")",
        ]
        if let template = description.template {
            lines.append("every text within the template `\(Self.plain(template.escaped))`")
        }
        if let weights = metadata["class_weights"]?.array {
            lines.append("class weights \(weights.map { Self.digits($0.double) }.joined(separator: ", "))")
        }
        if let seconds = metadata["seconds"]?.double, let rate = metadata["tokens_per_second"]?.double,
            let samples = metadata["samples_per_second"]?.double
        {
            lines.append(
                "\(Int(saturating: seconds)) s until this checkpoint, at \(Int(saturating: rate)) tokens and \(Self.digits(samples)) examples a second"
            )
        }
        if let hardware = metadata["hardware"]?.string {
            lines.append("hardware: \(Markdown.escaped(hardware))")
        }
        return lines.map { "- " + $0 }.joined(separator: "\n")
    }
}
