import Diagnostics
import Testing

@Suite struct MessageTests {
    private struct Problem: MessageConvertible {
        var description: String { message.description }
        var message: Message { "too long; lower \(setting: .maxSeqLength)" }
    }

    private let message: Message =
        "line \(3): \(Problem()), or set \(setting: .valSplit, value: "0")\(Optional<Message>.none ?? "")"

    @Test func `the description spells settings as files of settings do`() {
        #expect(
            message.description
                == "line 3: too long; lower `max_seq_length`, or set `val_split: 0`")
        #expect(Problem().description == "too long; lower `max_seq_length`")
    }

    @Test func `a front end spells settings its own way, however deep they stand`() {
        let text = message.text { name, value in "<\(name.rawValue)\(value.map { "=\($0)" } ?? "")>" }
        #expect(text == "line 3: too long; lower <max_seq_length>, or set <val_split=0>")
        let error: any Error = WrappedError()
        #expect("\("a: \(error)" as Message)" == "a: use `device: cpu`")
        #expect(("a: \(error)" as Message).text { name, _ in name.rawValue } == "a: use device")
    }

    @Test func `text that looks like a setting stays as it is`() {
        let quoted: Message = "label \("`seed`")"
        #expect(quoted.text { _, _ in "?" } == "label `seed`")
    }

    @Test func `messages are joined with their settings`() {
        #expect([Message]().joined(separator: "; ") == "")
        #expect(
            (["a", "\(setting: .labels)", "c"] as [Message]).joined(separator: "; ").description
                == "a; `labels`; c")
    }

    private struct WrappedError: Error, MessageConvertible {
        var description: String { message.description }
        var message: Message { "use \(setting: .device, value: "cpu")" }
    }
}
