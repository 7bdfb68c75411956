import ArgumentParser
import FineTuning

/// The settings that the user has given in files or as flags; all others keep their values.
struct GivenSettings {
    private var changes: [(setting: TrainingSetting, apply: (inout TrainingConfig) -> Void)] = []
    /// Where settings stand in a file, by name; a flag takes a setting's location away.
    private var locations: [String: String] = [:]

    /// Assigns each setting; the last given value counts.
    func apply(to config: inout TrainingConfig) {
        for change in changes { change.apply(&config) }
    }

    /// Whether a setting was given.
    func has(_ name: String) -> Bool { changes.contains { $0.setting.name == name } }

    /// The directory of the run, where one was given.
    var checkpointDir: String? {
        guard has("checkpoint_dir") else { return nil }
        var config = TrainingConfig()
        apply(to: &config)
        return config.checkpointDir
    }

    /// Takes a value of the setting's own type.
    fileprivate mutating func give(_ value: Any, to setting: TrainingSetting) {
        var config = TrainingConfig()
        precondition(setting.assign(value, to: &config), "\(setting.name) is no \(type(of: value))")
        changes.append((setting, { _ = setting.assign(value, to: &$0) }))
    }

    /// Takes all settings of a file, under the names of their flags.
    mutating func take(from file: inout ConfigFile) {
        for setting in TrainingSetting.all where setting.isPublic {
            let name = FlagName.of(setting.name)
            locations[setting.name] = file.location(of: name)
            switch setting.kind {
            case .flag:
                var value: Bool?
                file.fill(&value, name)
                if let value { give(value, to: setting) }
            case .list:
                var list: CommaList?
                file.fill(&list, name)
                if let list { give(list.values, to: setting) }
            case .text:
                var change: ((inout TrainingConfig) -> Void)?
                file.fill(&change, name, setting.expectedText) { written in
                    guard let text = setting.isPath ? ConfigFile.path(written) : written else { return nil }
                    var config = TrainingConfig()
                    guard setting.parse(text, into: &config) else { return nil }
                    return { _ = setting.parse(text, into: &$0) }
                }
                if let change { changes.append((setting, change)) }
            }
        }
    }

    /// Takes the flags that were given among these options.
    ///
    /// A property belongs to the setting whose flag it makes. ArgumentParser finds its arguments in the same way.
    mutating func take(from options: some ParsableArguments) {
        for property in Mirror(reflecting: options).children {
            guard let label = property.label, let argument = property.value as? any OptionalArgument,
                let value = argument.givenValue,
                let setting = TrainingSetting.all.first(where: { "_" + FlagName.property(of: $0) == label })
            else { continue }
            give(value, to: setting)
            locations[setting.name] = nil
        }
    }

    /// The error with the location of every setting that a file has given.
    func located(_ error: ConfigError) -> any Error {
        guard error.problems.contains(where: { locations[$0.setting] != nil }) else { return error }
        return CommandError.usage(
            error.problems.map { problem in
                let name = FlagName.of(problem.setting)
                return locations[problem.setting].map { "\($0): \(name): \(problem.fact)" }
                    ?? "--\(name): \(problem.fact)"
            }.joined(separator: "\n"))
    }
}

extension TrainingSetting {
    /// Whether a text of the setting is a path, or may be one.
    fileprivate var isPath: Bool { name == "checkpoint_dir" || name == "class_weights" }
}

/// An argument that one can leave out.
private protocol OptionalArgument {
    /// The value that was given, of the setting's own type.
    var givenValue: Any? { get }
}

extension Option: OptionalArgument where Value: OptionalValue {
    fileprivate var givenValue: Any? { wrappedValue.settingValue }
}

extension Flag: OptionalArgument where Value: OptionalValue {
    fileprivate var givenValue: Any? { wrappedValue.settingValue }
}

/// A value or none.
private protocol OptionalValue {
    /// The value, of the setting's own type.
    var settingValue: Any? { get }
}

extension Optional: OptionalValue {
    fileprivate var settingValue: Any? {
        switch self {
        case let list as CommaList: list.values
        case let size as MemorySize: size.byteCount
        default: self.map { $0 as Any }
        }
    }
}

extension ArgumentHelp {
    /// The help of a setting's flag, with its default.
    static func setting(_ property: PartialKeyPath<TrainingConfig>) -> ArgumentHelp {
        guard let setting = TrainingSetting.of(property) else {
            preconditionFailure("no setting: \(property)")
        }
        let standard = setting.defaultText.map { " (default: \($0))" } ?? ""
        return ArgumentHelp(setting.help + standard, valueName: setting.valueName)
    }
}
