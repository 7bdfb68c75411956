public import JSONCore

/// Describes a setting of a run. Its default is that of the property in `TrainingConfig`.
///
/// Files, flags, help, validation and the comparison on resume all use `TrainingSetting.all`; no other code lists the
/// settings.
public struct TrainingSetting: Sendable {
    /// The subject of a setting.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        case checkpoints, duration, optimization, adapter, data, machine
    }

    /// How a resumed run treats a setting.
    public enum Resumption: Sendable, Hashable {
        /// The run depends on it: resuming with another value is refused.
        case mustMatch
        /// It decides the length of the run, what is kept and what is shown, but not what a step computes.
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
    /// Its subject.
    public internal(set) var group = Group.machine
    /// One sentence for a person who chooses a value.
    public let help: String
    /// The value's name in help, such as `n`; nil for a choice, whose values are listed.
    public let valueName: String?
    /// The default as help shows it; nil if the default is no value.
    public let defaultText: String?
    /// How a resumed run treats it.
    public let resumption: Resumption
    /// How a value is given.
    public let kind: Kind
    /// The expected text, such as "an integer".
    public let expectedText: String
    /// The possible values, in words; nil if every value of the type is possible.
    public let range: String?
    /// Whether users can set it; others are set by programs only.
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
    ///   - shownDefault: the default for help, if it differs from its spelling.
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

    /// An optional setting.
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
    /// The setting of a property; nil if the property is not one.
    public static func of(_ property: PartialKeyPath<TrainingConfig>) -> TrainingSetting? {
        all.first { $0.path == property }
    }

    /// The value in a configuration, as JSON.
    public func json(in config: TrainingConfig) -> JSONValue { encode(config) }

    /// Sets the value from a text of a flag or a settings file; false if it is not `expectedText`.
    public func parse(_ text: String, into config: inout TrainingConfig) -> Bool { parse(text, &config) }

    /// Sets a value of the property's type; false if it has another type.
    public func assign(_ value: Any, to config: inout TrainingConfig) -> Bool { assign(value, &config) }

    /// The problem of the value in a configuration.
    func problems(in config: TrainingConfig) -> [ConfigProblem] {
        check(config).map { ConfigProblem(setting: name, fact: $0) }
    }

    /// Sets the value from JSON; returns the problem if it does not fit.
    func read(_ json: JSONValue, into config: inout TrainingConfig) -> ConfigProblem? {
        guard !decode(json, &config) else { return nil }
        return ConfigProblem(setting: name, fact: "found \(json.encoded()); expected \(expectedJSON)")
    }
}
