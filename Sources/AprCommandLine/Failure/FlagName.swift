import Diagnostics
import FineTuning

/// How the command line spells the settings that libraries name.
enum FlagName {
    /// Flags whose names are not those of their settings.
    private static let others = [
        "checkpoint_dir": "output", "lora_rank": "rank", "lora_alpha": "alpha", "use_rslora": "rslora",
    ]

    /// The name of a setting's flag without its dashes, which is its name in files of settings, too.
    static func of(_ setting: String) -> String {
        (others[setting] ?? setting).split(separator: "_").joined(separator: "-")
    }

    /// The property that makes the flag.
    static func property(of setting: TrainingSetting) -> String {
        let words = of(setting.name).split(separator: "-")
        return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    /// A message with its settings as flags.
    static func text(_ message: Message) -> String {
        message.text { setting, value in
            if setting == .multiLabel, let value {
                return value == "false" ? "--no-multi-label" : "--multi-label"
            }
            let flag =
                switch setting {
                case .checkpointDir, .output: "-o"
                default: "--" + of(setting.rawValue)
                }
            return value.map { "\(flag) \($0)" } ?? flag
        }
    }

    /// What an error says, with its settings as flags.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as CommandError: error.message
        case let error as ConfigError:
            error.problems.map { "--\(of($0.setting)): \($0.fact)" }.joined(separator: "\n")
        case let error as any MessageConvertible: text(error.message)
        default: "\(error)"
        }
    }
}
