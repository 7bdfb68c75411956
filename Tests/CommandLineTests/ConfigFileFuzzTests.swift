import AprCommandLine
import FineTuning
import TestSupport
import Testing

/// Damaged files of settings, through the command's own reader.
@Suite struct ConfigFileFuzzTests {
    private static let good = """
        # a run
        base: path/to/base
        data: corpus.jsonl      # one example a line
        epochs: 7
        learning_rate: 1e-3
        lr-scheduler: cosine
        rslora: true
        target-modules: [q_proj, "o_proj"]
        output: >-
          a folded
          path
        labels:
          - &safe safe
          - 'un''safe'
        seed: *safe
        """

    @Test func `Twenty thousand damaged files are read or refused with a reason`() throws {
        var mutator = ByteMutator(seed: 21)
        var (read, refused, unfit) = (0, 0, 0)
        for _ in 0..<20_000 {
            let bytes = mutator.mutate(Array(Self.good.utf8))
            var file: ConfigFile
            do {
                file = try ConfigFile(bytes: bytes, path: "run.yaml")
            } catch {
                refused += 1
                #expect((error as? CommandError)?.message.hasPrefix("run.yaml") == true, "\(error)")
                continue
            }
            read += 1
            var (text, number, share, list, flag): (String?, Int?, Double?, CommaList?, Bool?)
            var scheduler: TrainingConfig.LRScheduler?
            for name in ["base", "data", "output", "seed"] { file.fill(&text, name, "a path") }
            file.fill(&number, "epochs", "an integer")
            file.fill(&share, "learning-rate", "a number")
            file.fill(&list, "target-modules")
            file.fill(&list, "labels")
            file.fill(&flag, "rslora")
            file.fill(&scheduler, "lr-scheduler", "cosine, linear or constant")
            do {
                try file.validate()
            } catch {
                unfit += 1
                #expect((error as? CommandError)?.message.hasPrefix("run.yaml:") == true, "\(error)")
            }
        }
        // Every outcome must occur, or the fuzzing tests nothing.
        #expect(read > 1_000 && refused > 1_000 && unfit > 1_000)
    }
}
