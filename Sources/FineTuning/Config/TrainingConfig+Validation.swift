/// An invalid setting.
public struct ConfigProblem: Sendable, Hashable, CustomStringConvertible {
    /// The setting's name in configuration files, such as `learning_rate`.
    public let setting: String
    /// The value and the allowed values.
    public let fact: String

    public var description: String { "\(setting): \(fact)" }
}

/// A configuration with invalid settings; names all of them.
public struct ConfigError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problems, in the order of the settings.
    public let problems: [ConfigProblem]

    /// An error about these problems.
    public init(problems: [ConfigProblem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension TrainingConfig {
    /// The linear layers that can have an adapter, in the order of the model.
    public static let knownTargetModules = [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    ]

    /// The problems of the settings; empty if they are valid.
    public var problems: [ConfigProblem] {
        TrainingSetting.all.flatMap { $0.problems(in: self) }
    }

    /// The configuration itself, if it is valid.
    ///
    /// - Throws: `ConfigError` with every problem.
    public func validated() throws(ConfigError) -> TrainingConfig {
        let problems = problems
        guard problems.isEmpty else { throw ConfigError(problems: problems) }
        return self
    }

    /// The target modules without abbreviation, in the order of the model, each once.
    public var resolvedTargetModules: [String] {
        targetModules.contains("all-linear")
            ? Self.knownTargetModules : Self.knownTargetModules.filter(targetModules.contains)
    }
}
