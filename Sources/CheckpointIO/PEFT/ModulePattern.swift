/// A regular expression over module names, matched in time linear in the name.
///
/// `adapter_config.json` is untrusted, and a pattern of twenty characters can make a backtracking matcher run
/// for ever. So patterns are compiled to a nondeterministic automaton. The language is that
/// of Python's `re` without what needs backtracking or modes: look-around, back references, `\b`, inline flags.
struct ModulePattern: Sendable {
    static let stateLimit = 20_000

    /// What an automaton does in a state.
    enum State: Sendable {
        case consume(ScalarSet, next: Int)
        case split(Int, Int)
        case assertStart(next: Int)
        case assertEnd(next: Int)
        case accept
    }

    private let states: [State]
    private let start: Int

    /// Compiles a pattern; `key` is the member of the file that an error names.
    init(_ pattern: String, key: String) throws(AdapterRule) {
        do throws(PatternFailure) {
            let node = try PatternParser.parse(pattern)
            var builder = Builder()
            let accept = try builder.add(.accept)
            start = try builder.build(node, next: accept)
            states = builder.states
        } catch {
            throw AdapterRule(.unsupportedPattern(key: key, pattern: pattern, feature: error.feature))
        }
    }

    /// Whether the whole name matches.
    func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var current = ActiveStates(count: states.count)
        follow(start, at: 0, of: scalars.count, into: &current)
        for (position, scalar) in scalars.enumerated() {
            var next = ActiveStates(count: states.count)
            for index in current.list {
                if case .consume(let set, let target) = states[index], set.contains(scalar) {
                    follow(target, at: position + 1, of: scalars.count, into: &next)
                }
            }
            current = next
            if current.list.isEmpty { return false }
        }
        return current.list.contains { if case .accept = states[$0] { true } else { false } }
    }

    private struct ActiveStates {
        var list: [Int] = []
        var isActive: [Bool]
        init(count: Int) { isActive = [Bool](repeating: false, count: count) }
    }

    /// Adds a state and all that can be reached from it without reading.
    private func follow(_ first: Int, at position: Int, of count: Int, into active: inout ActiveStates) {
        var pending = [first]
        while let index = pending.popLast() {
            guard !active.isActive[index] else { continue }
            active.isActive[index] = true
            switch states[index] {
            case .consume, .accept: active.list.append(index)
            case .split(let left, let right):
                pending.append(right)
                pending.append(left)
            case .assertStart(let next): if position == 0 { pending.append(next) }
            case .assertEnd(let next): if position == count { pending.append(next) }
            }
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

extension ModulePattern {
    /// Turns a parsed pattern into states, from the end to the start.
    private struct Builder {
        var states: [State] = []
        /// Nodes visited; repetitions of the empty pattern add no state and must end too.
        private var visits = 0

        mutating func add(_ state: State) throws(PatternFailure) -> Int {
            guard states.count < stateLimit else { throw PatternFailure(feature: "too many repetitions") }
            states.append(state)
            return states.count - 1
        }

        /// Adds the states of a node that go on to `next`, and returns the first of them.
        mutating func build(_ node: PatternNode, next: Int) throws(PatternFailure) -> Int {
            visits += 1
            guard visits <= 4 * stateLimit else { throw PatternFailure(feature: "too many repetitions") }
            switch node {
            case .set(let set): return try add(.consume(set, next: next))
            case .start: return try add(.assertStart(next: next))
            case .end: return try add(.assertEnd(next: next))
            case .sequence(let nodes):
                var target = next
                for node in nodes.reversed() { target = try build(node, next: target) }
                return target
            case .choice(let nodes):
                guard
                    var first = try nodes.last.map({ node throws(PatternFailure) in
                        try build(node, next: next)
                    })
                else { return next }
                for node in nodes.dropLast().reversed() {
                    first = try add(.split(try build(node, next: next), first))
                }
                return first
            case .repeated(let node, let minimum, let maximum):
                return try repeated(node, minimum, maximum, next: next)
            }
        }

        private mutating func repeated(
            _ node: PatternNode, _ minimum: Int, _ maximum: Int?, next: Int
        ) throws(PatternFailure) -> Int {
            var target = next
            if let maximum {
                for _ in minimum..<maximum { target = try add(.split(try build(node, next: target), next)) }
            } else {
                let loop = try add(.split(next, next))
                states[loop] = .split(try build(node, next: loop), next)
                target = loop
            }
            for _ in 0..<minimum { target = try build(node, next: target) }
            return target
        }
    }
}
