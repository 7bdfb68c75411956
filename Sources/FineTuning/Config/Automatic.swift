/// A setting whose value rules choose unless somebody gives it: see `DefaultRules`.
///
/// Assigning gives the value. Two are equal when their values are, whoever chose them.
@propertyWrapper
public struct Automatic<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value: the given one, or one that stands until the rules have chosen.
    public var wrappedValue: Value {
        didSet { isGiven = true }
    }
    /// Whether the value was given.
    public private(set) var isGiven = false

    /// A setting that nobody has given.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    /// The setting itself: `config.$epochs.isGiven`.
    public var projectedValue: Automatic {
        get { self }
        set { self = newValue }
    }

    /// Takes a value unless one was given.
    mutating func supply(_ value: Value) {
        if !isGiven { wrappedValue = value }
    }

    /// Whether the values are equal.
    public static func == (first: Automatic, second: Automatic) -> Bool {
        first.wrappedValue == second.wrappedValue
    }

    /// Hashes the value.
    public func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue) }
}

extension TrainingConfig {
    /// Takes the automatic settings that nobody gave from another configuration; all are given then.
    ///
    /// A run is resumed with the values that it began with, though the rules may be others by now.
    mutating func supply(from other: TrainingConfig) {
        $epochs.supply(other.epochs)
        $batchSize.supply(other.batchSize)
        $learningRate.supply(other.learningRate)
        $warmupRatio.supply(other.warmupRatio)
        $classWeights.supply(other.classWeights)
        $targetModules.supply(other.targetModules)
    }

    /// The number of optimizer steps of a run. As in HuggingFace's Trainer, the last epoch may be a part, which is
    /// rounded up to a step.
    func totalSteps(stepsPerEpoch: Int) -> Int {
        maxSteps ?? Int((epochs * Double(stepsPerEpoch)).rounded(.up))
    }
}
