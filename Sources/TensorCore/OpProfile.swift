import Platform
import Synchronization

/// Where the time of training steps goes: seconds by operation and pass.
///
/// Whoever does the work says what it is with `measure`; calls nest, and the time of an inner one is taken off the
/// outer one, so that any grain is right and the parts add up to the whole. While nobody asks, a call costs one
/// relaxed load. Calls come from the thread that trains; helpers inside an operation are not measured by themselves.
public enum OpProfile {
    /// What is being done.
    public enum Operation: Int, Sendable, CaseIterable {
        case embedding, norm, products, adapters, rotation, attention, activation, residual, head, loss
        case clipping, optimizer, weights, batching
        /// What no part of the program has a name for.
        case rest
    }

    /// Which pass it belongs to.
    public enum Pass: Int, Sendable, CaseIterable {
        case forward, backward, update
    }

    /// The time and work of one operation in one pass.
    public struct Entry: Sendable, Hashable {
        /// The seconds spent.
        public fileprivate(set) var seconds = 0.0
        /// The floating-point operations of matrix products; 0 where they are not counted.
        public fileprivate(set) var flops = 0.0
        /// The number of calls.
        public fileprivate(set) var calls = 0
    }

    /// What was measured over some steps.
    public struct Result: Sendable {
        /// The number of steps.
        public fileprivate(set) var steps = 0
        fileprivate var entries = [Entry](
            repeating: Entry(), count: Operation.allCases.count * Pass.allCases.count)

        /// The seconds of all steps.
        public var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }

        /// An operation in a pass.
        public subscript(operation: Operation, pass: Pass) -> Entry {
            entries[OpProfile.place(operation, pass)]
        }

        /// An operation in all passes.
        public func seconds(_ operation: Operation) -> Double {
            Pass.allCases.reduce(0) { $0 + self[operation, $1].seconds }
        }
    }

    /// Starts measuring, from nothing.
    public static func start() {
        state.withLock { $0 = State() }
        isActive.store(true, ordering: .relaxed)
    }

    /// Ends measuring.
    public static func stop() -> Result {
        isActive.store(false, ordering: .relaxed)
        return state.withLock { $0.result }
    }

    /// Measures what the body does as an operation of the pass under way.
    ///
    /// - Parameter flops: the floating-point operations of its matrix products.
    public static func measure<Value, Failure: Error>(
        _ operation: Operation, flops: Double = 0, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard isActive.load(ordering: .relaxed) else { return try body() }
        let outer = state.withLock { $0.enter(operation, flops: flops) }
        defer { state.withLock { $0.leave(to: outer) } }
        return try body()
    }

    /// Measures what the body does as part of a pass.
    public static func pass<Value, Failure: Error>(
        _ pass: Pass, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard isActive.load(ordering: .relaxed) else { return try body() }
        let outer = state.withLock { $0.enter(pass) }
        defer { state.withLock { _ = $0.enter(outer) } }
        return try body()
    }

    /// Measures a whole step; time outside of steps does not count.
    public static func step<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard isActive.load(ordering: .relaxed) else { return try body() }
        state.withLock { $0.beginStep() }
        defer { state.withLock { $0.endStep() } }
        return try body()
    }

    private static let isActive = Atomic<Bool>(false)
    private static let state = Locked(State())

    fileprivate static func place(_ operation: Operation, _ pass: Pass) -> Int {
        operation.rawValue * Pass.allCases.count + pass.rawValue
    }

    private struct State {
        private let clock = ContinuousClock()
        private(set) var result = Result()
        private var operation = Operation.rest
        private var pass = Pass.forward
        /// When the operation under way was last charged; nil outside of steps.
        private var charged: ContinuousClock.Instant?

        mutating func beginStep() { (charged, operation, pass) = (clock.now, .rest, .forward) }

        mutating func endStep() {
            charge()
            charged = nil
            result.steps += 1
        }

        mutating func enter(_ operation: Operation, flops: Double) -> Operation {
            charge()
            defer { self.operation = operation }
            if charged != nil {
                result.entries[place(operation, pass)].calls += 1
                result.entries[place(operation, pass)].flops += flops
            }
            return self.operation
        }

        mutating func leave(to operation: Operation) {
            charge()
            self.operation = operation
        }

        mutating func enter(_ pass: Pass) -> Pass {
            charge()
            defer { self.pass = pass }
            return self.pass
        }

        private mutating func charge() {
            guard let last = charged else { return }
            let now = clock.now
            let (seconds, attoseconds) = (now - last).components
            result.entries[place(operation, pass)].seconds += Double(seconds) + Double(attoseconds) / 1e18
            charged = now
        }
    }
}
