public import JSONCore

/// What there is to know of a setting of a run besides its default, which is its property's in `TrainingConfig`.
///
/// Files, flags, help, validation and the comparison on resume follow from `TrainingSetting.all`; nothing else lists
/// the settings.
public struct TrainingSetting: Sendable {
    /// What a setting is about.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        case checkpoints, duration, optimization, adapter, data, machine
    }

    /// What becomes of a setting when a run is continued.
    public enum Resumption: Sendable, Hashable {
        /// The run depends on it: continuing with another value would be another run, and is refused.
        case mustMatch
        /// It decides how long the run goes on, what is kept and what is shown, but not what a step does.
        case mayChange
    }

    /// How a value is given.
    public enum Kind: Sendable, Hashable {
        /// Yes or no.
        case flag
        /// One text.
        case text
        /// Several texts.
        case list
    }

    /// The name in JSON: the property's in snake case.
    public let name: String
    /// What it is about.
    public internal(set) var group = Group.machine
    /// One sentence for a person who chooses a value.
    public let help: String
    /// What the value is called in help, such as `n`; nil for a choice, whose values are listed.
    public let valueName: String?
    /// The default as help shows it; nil where doing without is the default.
    public let defaultText: String?
    /// What becomes of it when a run is continued.
    public let resumption: Resumption
    /// How a value is given.
    public let kind: Kind
    /// What a text must be, such as "an integer".
    public let expectedText: String
    /// What values are possible, in words; nil where every value of the type is.
    public let range: String?
    /// Whether people are asked for it; others are set by programs alone.
    public let isPublic: Bool

    private let expectedJSON: String
    private let encode: @Sendable (TrainingConfig) -> JSONValue
    private let decode: @Sendable (JSONValue, inout TrainingConfig) -> Bool
    private let parse: @Sendable (String, inout TrainingConfig) -> Bool
    private let assign: @Sendable (Any, inout TrainingConfig) -> Bool
    private let check: @Sendable (TrainingConfig) -> [String]
    private let path: any PartialKeyPath<TrainingConfig> & Sendable

    /// A setting that always has a value.
    ///
    /// - Parameters:
    ///   - isPublic: whether there is a flag and a key for it in files of settings.
    ///   - shownDefault: for help, where the default's own spelling is not the one people use.
    init<Value: Sendable>(
        _ name: String, _ property: any WritableKeyPath<TrainingConfig, Value> & Sendable,
        _ format: SettingFormat<Value>, _ range: SettingRange<Value> = .any, resume: Resumption = .mustMatch,
        isPublic: Bool = true, valueName: String? = nil, shownDefault: String? = nil, help: String
    ) {
        self.init(
            name, path: property, format, range, resume, isPublic, valueName,
            defaultText: shownDefault ?? format.text(TrainingConfig.default[keyPath: property]), help,
            get: { $0[keyPath: property] }, set: { $1[keyPath: property] = $0 })
    }

    /// A setting that one can do without.
    init<Value: Sendable>(
        _ name: String, _ property: any WritableKeyPath<TrainingConfig, Value?> & Sendable,
        _ format: SettingFormat<Value>, _ range: SettingRange<Value> = .any, resume: Resumption = .mustMatch,
        isPublic: Bool = true, valueName: String? = nil, shownDefault: String? = nil, help: String
    ) {
        self.init(
            name, path: property, format, range, resume, isPublic, valueName, defaultText: shownDefault, help,
            get: { $0[keyPath: property] }, set: { $1[keyPath: property] = $0 })
    }

    private init<Value: Sendable>(
        _ name: String, path: any PartialKeyPath<TrainingConfig> & Sendable, _ format: SettingFormat<Value>,
        _ range: SettingRange<Value>, _ resumption: Resumption, _ isPublic: Bool, _ valueName: String?,
        defaultText: String?, _ help: String, get: @escaping @Sendable (TrainingConfig) -> Value?,
        set: @escaping @Sendable (Value, inout TrainingConfig) -> Void
    ) {
        self.name = name
        self.help = help
        self.valueName = valueName
        self.defaultText = defaultText
        self.resumption = resumption
        self.isPublic = isPublic
        self.path = path
        self.range = range.words
        kind = format.kind
        expectedText = format.expectedText
        expectedJSON = format.expectedJSON
        encode = { config in get(config).map(format.encode) ?? .null }
        decode = { json, config in format.decode(json).map { set($0, &config) } != nil }
        parse = { text, config in format.parse(text).map { set($0, &config) } != nil }
        assign = { value, config in (value as? Value).map { set($0, &config) } != nil }
        check = { config in get(config).map(range.problems) ?? [] }
    }
}

extension TrainingSetting {
    /// The setting of a property; nil for a property that is none.
    public static func of(_ property: PartialKeyPath<TrainingConfig>) -> TrainingSetting? {
        all.first { $0.path == property }
    }

    /// The value in a configuration, as JSON.
    public func json(in config: TrainingConfig) -> JSONValue { encode(config) }

    /// Takes a text for the value, as flags and files of settings have it; false when it is not `expectedText`.
    public func parse(_ text: String, into config: inout TrainingConfig) -> Bool { parse(text, &config) }

    /// Takes a value of the property's type; false when it is of another.
    public func assign(_ value: Any, to config: inout TrainingConfig) -> Bool { assign(value, &config) }

    /// What is wrong with the value in a configuration.
    func problems(in config: TrainingConfig) -> [ConfigProblem] {
        check(config).map { ConfigProblem(setting: name, fact: $0) }
    }

    /// Takes a value from JSON; the problem when it does not fit.
    func read(_ json: JSONValue, into config: inout TrainingConfig) -> ConfigProblem? {
        guard !decode(json, &config) else { return nil }
        return ConfigProblem(setting: name, fact: "found \(json.encoded()); expected \(expectedJSON)")
    }
}
