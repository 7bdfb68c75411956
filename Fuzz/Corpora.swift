import ClassificationData

/// Corpora, with and without given labels.
enum Corpora {
    /// The first byte chooses the options, the rest is the file.
    static func read(_ bytes: [UInt8], name: String) {
        guard let choice = bytes.first else { return }
        let options = DatasetOptions(
            multiLabel: [nil, true, false][Int(choice % 3)], maximumLineBytes: choice & 64 == 0 ? 1_000 : 20)
        let known = choice & 128 == 0 ? nil : LabelMap(names: ["a", "b", "name", "c"])
        let content = Array(bytes.dropFirst())
        guard
            let dataset = try? ClassifyDataset.load(
                bytes: content, name: name, options: options, knownLabels: known)
        else {
            _ = try? UnlabelledText.load(bytes: content, name: name, options: options)
            return
        }
        for example in dataset.examples {
            precondition(example.label.indices.allSatisfy { 0..<dataset.labels.count ~= $0 })
        }
        precondition(dataset.classCounts.count == dataset.labels.count)
    }
}
