import ClassificationData
import Testing

/// How many labels a field has.
@Suite struct LabelFieldTests {
    private func table(_ fields: [String], column: String = "label") -> String {
        let quoted = fields.map { "\"\($0.replacing("\"", with: "\"\""))\"" }
        return "text,\(column)\n" + quoted.enumerated().map { "text \($0),\($1)\n" }.joined()
    }

    private func lines(_ labels: [String], key: String = "label") -> String {
        labels.enumerated().map { "{\"input\":\"text \($0)\",\"\(key)\":\($1)}\n" }.joined()
    }

    private static let expected: [LabelValue] = [.multi([0, 1]), .multi([0]), .multi([]), .multi([1, 2])]

    @Test(arguments: ["label", "labels"], [nil, true])
    func `JSON lists in fields are lists`(_ column: String, _ multiLabel: Bool?) throws {
        let text = table([#"["a","b"]"#, #" [ "a" ] "#, "[]", #"["c", "b"]"#], column: column)
        let dataset = try load(text, name: "c.csv", options: DatasetOptions(multiLabel: multiLabel))
        #expect(dataset.problemType == .multiLabel)
        #expect(dataset.labels.names == ["a", "b", "c"])
        #expect(dataset.examples.map(\.label) == Self.expected)
    }

    @Test func `lists of numbers are numbers as elsewhere in a table`() throws {
        let dataset = try load(table(["[0, 2]", "[1]", "[]"]), name: "c.csv")
        #expect(dataset.labels.names == ["LABEL_0", "LABEL_1", "LABEL_2"])
        #expect(dataset.examples.map(\.label) == [.multi([0, 2]), .multi([1]), .multi([])])
    }

    @Test(arguments: [";", ",", "|", "/", " ", "::"])
    func `the separator that is given splits fields and strings`(_ separator: String) throws {
        let fields = ["a;b", "a", "", "c; b"].map { $0.replacing(";", with: separator) }
        let options = DatasetOptions(labelSeparator: separator)
        for text in [table(fields), table(fields, column: "labels")] {
            let dataset = try load(text, name: "c.csv", options: options)
            #expect(dataset.problemType == .multiLabel)
            #expect(dataset.labels.names == ["a", "b", "c"])
            #expect(dataset.examples.map(\.label) == Self.expected)
        }
        let dataset = try load(lines(fields.map { "\"\($0)\"" }), options: options)
        #expect(dataset.examples.map(\.label) == Self.expected)
    }

    @Test(arguments: [";", ","], ["label", "labels"])
    func `with multi-label asked for, other separators than the bar are refused`(
        _ separator: String, _ column: String
    )
        throws
    {
        let text = table(["x", "a\(separator)b", "y"], column: column)
        let found = badLines(text, name: "c.csv", options: DatasetOptions(multiLabel: true))
        #expect(found.map(\.line) == [3])
        #expect(
            found[0].problem == .ambiguousLabels("a\(separator)b", separator: separator, isMultiLabel: true))
        #expect(found[0].problem.description.contains("`label_separator: '\(separator)'`"))
        // What the message offers works: to split, or to take it as one.
        for (given, names) in [(separator, ["a", "b", "x", "y"]), ("|", ["a\(separator)b", "x", "y"])] {
            let options = DatasetOptions(multiLabel: true, labelSeparator: given)
            #expect(try load(text, name: "c.csv", options: options).labels.names == names)
        }
    }

    @Test(arguments: ["a;b", "a,b", "a|b", "b, a"])
    func `a label of parts that are labels themselves is refused unless it is said to be one`(_ field: String)
        throws
    {
        for (text, name) in [
            (table(["a", field, "b"]), "c.csv"), (lines(["\"a\"", "\"\(field)\"", "\"b\""]), "c.jsonl"),
        ] {
            let found = badLines(text, name: name)
            #expect(found.map(\.line) == [name == "c.csv" ? 3 : 2])
            #expect(found[0].problem.description.contains("`multi_label: false`"))
            let dataset = try load(text, name: name, options: DatasetOptions(multiLabel: false))
            #expect(dataset.labels.count == 3)
            #expect(dataset.problemType == .singleLabel)
        }
    }

    @Test func `combinations without a single label are refused as well`() {
        #expect(badLines(table(["a;b", "b;c", "a;c"]), name: "c.csv").map(\.line) == [2, 3, 4])
        #expect(badLines(table(["a;b", "c"], column: "labels"), name: "c.csv").map(\.line) == [2])
    }

    @Test func `a name with a comma is a name`() throws {
        let dataset = try load(
            table(["Sports, outdoor", "News", "Food; drink", "TCP/UDP", "TCP", "UDP"]), name: "c.csv")
        #expect(dataset.problemType == .singleLabel)
        #expect(dataset.labels.count == 6)
    }

    @Test(arguments: ["['a', 'b']", "['a' 'b']", "[a, b]", #"["a""# + " " + #""b"]"#])
    func `a list that is no JSON is refused`(_ field: String) throws {
        for multiLabel in [nil, true] {
            let options = DatasetOptions(multiLabel: multiLabel)
            #expect(
                badLines(table(["a", field, "b"]), name: "c.csv", options: options)
                    == [.init(line: 3, problem: .listAsText(field))])
        }
        let options = DatasetOptions(multiLabel: false)
        #expect(try load(table(["a", field, "b"]), name: "c.csv", options: options).labels.count == 3)
    }

    @Test func `a list written as a JSON string is refused, or read where several labels were asked for`()
        throws
    {
        let text = lines(["\"[\\\"a\\\", \\\"b\\\"]\"", "\"a\""])
        #expect(badLines(text) == [.init(line: 1, problem: .listAsText("[\"a\", \"b\"]"))])
        let dataset = try load(text, options: DatasetOptions(multiLabel: true))
        #expect(dataset.examples.map(\.label) == [.multi([0, 1]), .multi([0])])
    }

    @Test func `brackets alone make no list`() throws {
        #expect(try load(table(["[spam]", "ham"]), name: "c.csv").labels.names == ["[spam]", "ham"])
    }

    @Test func `elements of a list that are no labels are bad lines`() {
        #expect(
            badLines(
                table([#"["a"]"#, #"["a", null]"#, #"["a", ""]"#, "[1.5]", #"["a","a"]"#]), name: "c.csv")
                == [
                    .init(line: 3, problem: .labelNotUsable(found: "null")),
                    .init(line: 4, problem: .emptyLabel),
                    .init(line: 5, problem: .labelNotUsable(found: "1.5")),
                    .init(line: 6, problem: .repeatedLabel("a")),
                ])
    }

    @Test func `the classes of a model decide what is ambiguous`() throws {
        let known = LabelMap(names: ["a", "b", "c, d"])
        let options = DatasetOptions(multiLabel: true)
        let dataset = try load(table(["c, d|a", "b"]), name: "c.csv", options: options, known: known)
        #expect(dataset.examples.map(\.label) == [.multi([0, 2]), .multi([1])])
        #expect(
            badLines(table(["a, b", "e;f"]), name: "c.csv", options: options, known: known).map(\.line) == [
                2, 3,
            ])
        let single = DatasetOptions(multiLabel: false)
        #expect(
            badLines(table(["a", "a, b"]), name: "c.csv", options: single, known: known).map(\.problem) == [
                .unknownLabel("a, b", known: ["a", "b", "c, d"])
            ])
    }

    // MARK: Numbers and truth values

    @Test func `truth values are names`() throws {
        let dataset = try load(lines(["true", "false", "true"]))
        #expect(dataset.labels.names == ["false", "true"])
        #expect(dataset.examples.map(\.label) == [1, 0, 1].map(LabelValue.index))
        #expect(try load("text,label\na,true\nb,false\n", name: "c.csv").labels.names == dataset.labels.names)
        #expect(badLines(lines(["true", "1"])).map(\.line) == [2])
    }

    @Test func `numbers with a gap train with a warning`() throws {
        let dataset = try load(lines(["0", "1", "3", "0"]))
        #expect(dataset.labels.names == ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"])
        #expect(dataset.warnings == [.missingNumbers(missing: [2], count: 1, highest: 3)])
        // A subset of a corpus with 77 classes.
        let subset = try load(lines((0..<50).map { "\(($0 * 37) % 76)" } + ["76"]))
        #expect(subset.labels.count == 77)
        #expect(subset.warnings.count == 1)
    }

    @Test func `numbers from one train with advice that works`() throws {
        let text = lines(["1", "2", "3", "1"])
        let dataset = try load(text)
        #expect(dataset.warnings == [.missingNumbers(missing: [0], count: 1, highest: 3)])
        #expect(dataset.warnings[0].description.contains("`labels`"))
        let short = DatasetOptions(labels: ["a", "b", "c"])
        let found = badLines(text, options: short)
        #expect(found.map(\.line) == [3])
        #expect(found[0].problem.description.contains("name class 0 too"))
        for (text, name) in [(text, "c.jsonl"), ("text,label\na,1\nb,2\nc,3\nd,1\n", "c.csv")] {
            let options = DatasetOptions(labels: ["unused", "a", "b", "c"])
            let named = try load(text, name: name, options: options)
            #expect(named.labels.names == ["unused", "a", "b", "c"])
            #expect(named.examples.map(\.label) == [1, 2, 3, 1].map(LabelValue.index))
            #expect(named.warnings == [.classesWithoutExamples(["unused"])])
        }
    }

    @Test func `zero and one get names where they are given`() throws {
        let options = DatasetOptions(labels: ["ham", "spam"])
        for (text, name) in [(lines(["0", "1"]), "c.jsonl"), ("text,label\na,0\nb,1\n", "c.csv")] {
            let dataset = try load(text, name: name, options: options)
            #expect(dataset.labels.names == ["ham", "spam"])
            #expect(dataset.examples.map(\.label) == [.index(0), .index(1)])
        }
    }
}
