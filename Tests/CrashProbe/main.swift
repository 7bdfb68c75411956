import Backends
import ClassificationData
import FineTuning
import Foundation
import JSONCore
import Platform
import TextTokenization
import TransformerModels

// A test-only program: a training run as `apr finetune` makes it, on a file system that can stop it at a named point,
// where Tests/Python/crash_harness.py kills it. The shipped program has no such points.
//
//     crash-probe BASE CORPUS SETTINGS.json fresh|resume exchange|no-exchange [POINT:N]
//
// It says on standard output what happens: `resumed STEP`, `saved NAME STEP`, `paused: POINT`, and at the end how often
// each point was reached.

func run(_ arguments: [String]) throws -> Bool {
    guard 5...6 ~= arguments.count, let mode = ["fresh": RunMode.fresh, "resume": .resume][arguments[3]],
        let canExchange = ["exchange": true, "no-exchange": false][arguments[4]],
        let points = PausePoints(target: arguments.count == 6 ? arguments[5] : nil)
    else { return false }
    let settings = try MappedFile(path: arguments[2]).withUnsafeBytes { try JSONParser.parse($0) }
    let config = try TrainingConfig(json: settings.object ?? [:])
    let base = try BaseModel.load(
        directory: arguments[0], backend: try Device.cpu.makeBackend(threads: 1))
    var hooks = TrainingHooks(fileSystem: PausingFileSystem(points: points, canExchange: canExchange))
    hooks.afterStep = { _ in points.reach(.step) }
    let trainer = try ClassifyTrainer(
        base: base, tokenizer: try Tokenizer(directory: arguments[0]), config: config, hooks: hooks)
    try trainer.train(try ClassifyDataset.load(path: arguments[1]), mode: mode) { event in
        switch event {
        case .resumed(let report): say("resumed \(report.step)")
        case .saved(let report): say("saved \(report.name.directoryName) \(report.step)")
        case .warning(let warning): say("warning \(warning)")
        default: break
        }
    }
    points.report()
    return true
}

do {
    guard try run(Array(CommandLine.arguments.dropFirst())) else {
        FileHandle.standardError.write(Data("wrong arguments; see Tests/CrashProbe/main.swift\n".utf8))
        exit(64)
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
