import AprCommandLine
import FineTuning

/// `--config FILE`, through the command's own reader.
enum Settings {
    static func read(_ bytes: [UInt8]) {
        guard var file = try? ConfigFile(bytes: bytes, path: "f") else { return }
        var (text, number, share, list, flag): (String?, Int?, Double?, CommaList?, Bool?)
        var scheduler: TrainingConfig.LRScheduler?
        file.fill(&text, "base", "a path")
        file.fill(&number, "epochs", "an integer")
        file.fill(&share, "learning-rate", "a number")
        file.fill(&list, "target-modules")
        file.fill(&flag, "rslora")
        file.fill(&scheduler, "lr-scheduler", "cosine, linear or constant")
        try? file.validate()
    }
}
