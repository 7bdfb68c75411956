/// Points in the time of a device's operations.
///
/// On the host a mark is a reading of the clock. A GPU records an event in its stream, and the time between two
/// events is known when both have passed; `seconds` waits for that.
public protocol OperationClock: Sendable {
    /// Marks the point after all work that has been started.
    func mark() -> UInt64
    /// The seconds between two marks.
    func seconds(from start: UInt64, to end: UInt64) -> Double
}

/// The clock of a backend that computes before it returns. Marks are nanoseconds.
public struct HostClock: OperationClock {
    private let start = ContinuousClock.now

    /// A clock that starts now.
    public init() {}

    public func mark() -> UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    public func seconds(from start: UInt64, to end: UInt64) -> Double { Double(end &- start) / 1e9 }
}

extension Backend {
    public func makeOperationClock() -> any OperationClock { HostClock() }
}

/// Where the time of training steps goes: seconds by operation and pass.
///
/// Code names its work with `measure`. Calls nest: the time of an inner call is subtracted from the outer one, so
/// that the parts add up to the whole. A profile belongs to one run and is used by the training thread; helper
/// threads inside an operation are not measured separately.
public final class OperationProfile: @unchecked Sendable {
    /// What is being done.
    public enum Operation: Int, Sendable, CaseIterable {
        case embedding, norm, products, adapters, rotary, attention, activation, residual, head, loss
        case clipping, optimizer, batching
        /// Everything that is not measured as another operation.
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
        public fileprivate(set) subscript(operation: Operation, pass: Pass) -> Entry {
            get { entries[operation.rawValue * Pass.allCases.count + pass.rawValue] }
            set { entries[operation.rawValue * Pass.allCases.count + pass.rawValue] = newValue }
        }

        /// An operation in all passes.
        public func seconds(_ operation: Operation) -> Double {
            Pass.allCases.reduce(0) { $0 + self[operation, $1].seconds }
        }
    }

    /// An interval that belongs to one operation.
    private struct Charge {
        let operation: Operation
        let pass: Pass
        let start, end: UInt64
    }

    /// What has been measured so far.
    public private(set) var result = Result()

    private let clock: any OperationClock
    private var operation = Operation.rest
    private var pass = Pass.forward
    /// The step's intervals, converted to seconds when the step ends.
    private var charges: [Charge] = []
    /// The start of the current operation's interval; nil outside of steps.
    private var charged: UInt64?

    /// A profile that uses a device's clock.
    public init(clock: any OperationClock) { self.clock = clock }

    /// Measures the body as an operation of the current pass.
    ///
    /// - Parameter flops: the floating-point operations of its matrix products.
    public func measure<Value, Failure: Error>(
        _ operation: Operation, flops: Double = 0, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        charge()
        let outer = self.operation
        self.operation = operation
        if charged != nil {
            result[operation, pass].calls += 1
            result[operation, pass].flops += flops
        }
        defer {
            charge()
            self.operation = outer
        }
        return try body()
    }

    /// Measures the body as part of a pass.
    public func pass<Value, Failure: Error>(
        _ pass: Pass, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        charge()
        let outer = self.pass
        self.pass = pass
        defer {
            charge()
            self.pass = outer
        }
        return try body()
    }

    /// Measures a whole step; time outside of steps does not count.
    public func step<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        (charged, operation, pass) = (clock.mark(), .rest, .forward)
        defer {
            charge()
            charged = nil
            for charge in charges {
                result[charge.operation, charge.pass].seconds += clock.seconds(
                    from: charge.start, to: charge.end)
            }
            charges.removeAll(keepingCapacity: true)
            result.steps += 1
        }
        return try body()
    }

    private func charge() {
        guard let start = charged else { return }
        let end = clock.mark()
        charges.append(Charge(operation: operation, pass: pass, start: start, end: end))
        charged = end
    }
}

extension OperationProfile? {
    /// Measures an operation if there is a profile.
    public func measure<Value, Failure: Error>(
        _ operation: OperationProfile.Operation, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let self else { return try body() }
        return try self.measure(operation, body)
    }

    /// Measures a pass if there is a profile.
    public func pass<Value, Failure: Error>(
        _ pass: OperationProfile.Pass, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let self else { return try body() }
        return try self.pass(pass, body)
    }

    /// Measures a step if there is a profile.
    public func step<Value, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard let self else { return try body() }
        return try self.step(body)
    }
}
