import Foundation

// A test-only program: the Python tests drive the library through it and compare every number with theirs.
let arguments = Array(CommandLine.arguments.dropFirst())
do {
    let commands = [
        NumbersCommand.run, StepsCommand.run, InitialCommand.run, MetricsCommands.run, CorpusCommand.run,
        CheckpointCommands.run, BaselineCommand.run, ConfigFieldsCommand.run,
    ]
    guard try commands.contains(where: { try $0(arguments) }) else {
        FileHandle.standardError.write(Data("unknown command or arguments: \(arguments)\n".utf8))
        exit(64)
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
