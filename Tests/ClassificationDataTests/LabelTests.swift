import ClassificationData
import Testing

/// One line per label given as JSON, with distinct texts.
private func lines(_ labels: [String], key: String = "label") -> String {
    labels.enumerated().map { "{\"input\":\"text \($0)\",\"\(key)\":\($1)}\n" }.joined()
}

@Suite struct LabelTests {
    @Test func `integers are class numbers named as HuggingFace does`() throws {
        let dataset = try load(lines(["2", "0", "1"]))
        #expect(dataset.labels.names == ["LABEL_0", "LABEL_1", "LABEL_2"])
        #expect(dataset.examples.map(\.label) == [.index(2), .index(0), .index(1)])
    }

    @Test func `strings are named in sorted order of their bytes`() throws {
        let dataset = try load(lines(["\"b\"", "\"é\"", "\"B\"", "\"a\"", "\"z\""]))
        #expect(dataset.labels.names == ["B", "a", "b", "z", "é"])
        #expect(dataset.examples.map(\.label) == [2, 4, 0, 1, 3].map(LabelValue.index))
    }

    @Test func `strings of digits are names in numeric order`() throws {
        let dataset = try load(lines(["\"10\"", "\"9\"", "\"1\""]))
        #expect(dataset.labels.names == ["1", "9", "10"])
    }

    @Test func `given names are the classes in their order`() throws {
        let options = DatasetOptions(labels: ["safe", "unsafe", "other"])
        let dataset = try load(lines(["\"unsafe\"", "0", "\"2\"", "\"safe\""]), options: options)
        #expect(dataset.labels.names == ["safe", "unsafe", "other"])
        #expect(dataset.examples.map(\.label) == [1, 0, 2, 0].map(LabelValue.index))
    }

    @Test func `classes of a model are used and may occur in part`() throws {
        let dataset = try load(lines(["\"b\""]), known: LabelMap(names: ["a", "b", "c"]))
        #expect(dataset.examples.map(\.label) == [.index(1)])
        #expect(dataset.labels.count == 3)
        #expect(dataset.warnings == [.classesWithoutExamples(["a", "c"])])
    }

    @Test func `labels that are not known are summed up in one line`() {
        let options = DatasetOptions(labels: ["a", "b"])
        #expect(
            badLines(lines(["0", "\"x\"", "\"y\"", "\"x\"", "1"]), options: options) == [
                .init(
                    line: 2, problem: .unknownLabels(names: ["x", "y"], counts: [2, 1], known: ["a", "b"]))
            ])
    }

    @Test func `labels that are not known can be kept behind the known ones`() throws {
        var options = DatasetOptions()
        options.keepsUnknownLabels = true
        let known = try #require(LabelMap(names: ["b", "a"]))
        let dataset = try load(
            lines(["\"z\"", "\"a\"", "7", "\"9\"", "\"1\"", "\"z\""]), options: options, known: known)
        #expect(dataset.labels.names == ["b", "a", "7", "9", "z"])
        #expect(dataset.examples.map(\.label) == [4, 1, 2, 3, 1, 4].map(LabelValue.index))
        #expect(
            dataset.warnings.contains(
                .unknownLabels(names: ["7", "9", "z"], counts: [1, 1, 2], rows: 4, of: 6)))
        let without = try load(lines(["\"a\"", "0"]), options: options, known: known)
        #expect(without.labels == known)
    }

    @Test(arguments: [
        ("3", LineProblem.labelOutOfRange(3, classCount: 2)),
        ("9223372036854775807", .labelOutOfRange(.max, classCount: 2)),
        ("\"7\"", .labelOutOfRange(7, classCount: 2)),
        ("\"c\"", .unknownLabel("c", known: ["a", "b"])),
        ("\"A\"", .unknownLabel("A", known: ["a", "b"])),
        ("\"\"", .emptyLabel),
        ("-1", .labelNotUsable(found: "-1")),
        ("1.0", .labelNotUsable(found: "1.0")),
        ("9223372036854775808", .labelNotUsable(found: "9223372036854775808")),
        ("true", .unknownLabel("true", known: ["a", "b"])),
        ("null", .labelNotUsable(found: "null")),
        ("{}", .labelNotUsable(found: "an object")),
        ("[\"a\"]", .listForSingleLabel),
    ])
    func `labels that fit no class are bad lines`(_ label: String, _ problem: LineProblem) {
        let options = DatasetOptions(labels: ["a", "b"])
        #expect(
            badLines(lines(["0", "1", label, "0"]), options: options) == [.init(line: 3, problem: problem)])
    }

    @Test func `an integer that is also another class's name is a bad line`() {
        let known = LabelMap(names: ["1", "2"])
        #expect(badLines(lines(["1"]), known: known).map(\.problem) == [.ambiguousNumber(1, nameIndex: 0)])
    }

    @Test func `numbers and strings in one file are bad lines`() {
        #expect(
            badLines(lines(["0", "1", "\"1\"", "\"a\"", "0"])) == [
                .init(line: 3, problem: .mixedLabelKinds(found: "a string", first: "a number", firstLine: 1)),
                .init(line: 4, problem: .mixedLabelKinds(found: "a string", first: "a number", firstLine: 1)),
            ])
    }

    @Test func `numbers that are codes are refused`() {
        #expect(
            fileProblem(lines(["0", "1", "5000"])) == .missingNumbers(missing: Array(2...12), highest: 5_000))
        #expect(
            fileProblem(lines(["0", "1", "9223372036854775807"]))
                == .missingNumbers(missing: Array(2...12), highest: .max))
    }

    @Test func `a single class is refused`() {
        #expect(fileProblem(lines(["\"a\"", "\"a\""])) == .singleClass("a"))
        #expect(fileProblem(lines(["0"])) == .singleClass("LABEL_0"))
        #expect(fileProblem(lines(["0"]), options: DatasetOptions(labels: ["x", "y"])) == .singleClass("x"))
    }

    @Test func `fewer examples than classes are refused`() {
        #expect(
            fileProblem(lines(["0", "1"]), options: DatasetOptions(labels: ["a", "b", "c"]))
                == .fewerExamplesThanClasses(examples: 2, classes: 3))
    }

    @Test func `more classes than the limit are refused`() {
        let count = LabelMap.maximumCount + 1
        #expect(fileProblem(lines((0..<count).map { "\"id-\($0)\"" })) == .tooManyClasses(count))
    }

    @Test func `given names must be usable and agree with the model`() {
        for names in [[], ["a", "a"], ["a", ""]] {
            #expect(
                fileProblem(lines(["0", "1"]), options: DatasetOptions(labels: names)) == .labelNames(names))
        }
        #expect(
            fileProblem(
                lines(["0", "1"]), options: DatasetOptions(labels: ["b", "a"]),
                known: LabelMap(names: ["a", "b"]))
                == .labelsDiffer(given: ["b", "a"], known: ["a", "b"]))
    }

    @Test func `names are told apart by their bytes and look-alikes are reported`() throws {
        let dataset = try load(lines(["\"e\u{301}\"", "\"é\"", "\"Yes\"", "\" yes\"", "\"no\""]))
        #expect(dataset.labels.count == 5)
        #expect(dataset.warnings.count == 2)
        #expect(dataset.warnings.contains(.similarLabels([" yes", "Yes"])))
        #expect(dataset.labels.id(of: "é") != dataset.labels.id(of: "e\u{301}"))
    }
}

@Suite struct MultiLabelTests {
    @Test func `lists make a corpus multi-label`() throws {
        let dataset = try load(lines(["[\"b\",\"a\"]", "[]", "[\"c\"]"], key: "labels"))
        #expect(dataset.problemType == .multiLabel)
        #expect(dataset.labels.names == ["a", "b", "c"])
        #expect(dataset.examples.map(\.label) == [.multi([0, 1]), .multi([]), .multi([2])])
        #expect(dataset.classCounts == [1, 1, 1])
    }

    @Test func `lists of numbers are class numbers`() throws {
        let dataset = try load(lines(["[1,0]", "[2]"], key: "label"))
        #expect(dataset.examples.map(\.label) == [.multi([0, 1]), .multi([2])])
        #expect(dataset.labels.names == ["LABEL_0", "LABEL_1", "LABEL_2"])
    }

    @Test func `a single label among lists is a bad line unless multi-label is said`() throws {
        let text = lines(["[\"a\"]", "\"b\""], key: "labels")
        #expect(badLines(text) == [.init(line: 2, problem: .singleForMultiLabel)])
        let dataset = try load(text, options: DatasetOptions(multiLabel: true))
        #expect(dataset.examples.map(\.label) == [.multi([0]), .multi([1])])
    }

    @Test func `a list among single labels is a bad line`() {
        #expect(badLines(lines(["0", "1", "[1]"])) == [.init(line: 3, problem: .listForSingleLabel)])
    }

    @Test func `a vector of zeros and ones is not taken for classes`() {
        #expect(
            badLines(lines(["[0,1,0]", "[1]"], key: "labels")).map(\.problem) == [.repeatedLabel("LABEL_0")])
    }

    @Test func `a corpus without any label is refused`() {
        #expect(fileProblem(lines(["[]", "[]"], key: "labels")) == .noClass)
    }

    @Test func `nested lists are bad lines`() {
        #expect(
            badLines(lines(["[\"a\"]", "[[\"a\"]]"], key: "labels")).map(\.problem) == [
                .labelNotUsable(found: "an array")
            ])
    }
}
