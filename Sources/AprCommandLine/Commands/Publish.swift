import ArgumentParser
import FineTuning
import HuggingFaceHub
import Inference
import JSONCore
import ModelPublishing

/// Publishes a checkpoint.
struct Publish: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish a checkpoint on the HuggingFace Hub.",
        usage: "apr publish <checkpoint> <org/name> [--private] [--merged] [--dry-run] [<options>]",
        discussion: """
            Examples:
              apr publish ./checkpoints/best/ paiml/shell-safety-classifier
              apr publish checkpoints/best my-name/my-classifier --private --dry-run
              apr publish checkpoints/best my-name/my-classifier --merged --license apache-2.0

            The command checks everything before it sends anything, and changes the repository in one commit. It sends \
            only what the Hub does not have: run it again to continue after an interruption; it makes no commit when \
            nothing has changed. It does not publish the training state, files of the run or paths of this machine. \
            It finds the base's id on the Hub by comparing the weights.
            """)

    @Argument(help: ArgumentHelp("A checkpoint directory.", valueName: "checkpoint"))
    var checkpoint: String

    @Argument(help: ArgumentHelp("The repository; apr creates it if it is missing.", valueName: "org/name"))
    var repository: String

    @Flag(help: "Make a new repository private.")
    var `private` = false

    @Flag(help: "Publish the full model with the adapters merged in, which pipeline() loads by its id.")
    var merged = false

    @Flag(
        help:
            "Show what would be published, and change nothing. It needs no token, and works without a network."
    )
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "The branch to publish to; apr creates it if it is missing. (default: main)",
            valueName: "branch"))
    var revision: String?

    @Option(help: ArgumentHelp("The commit's message.", valueName: "text"))
    var message: String?

    @Option(
        help: ArgumentHelp("The licence's id, such as apache-2.0. (default: the base's)", valueName: "id"))
    var license: String?

    @Option(
        help: ArgumentHelp(
            "The base's id on the Hub, with its commit if it is not the newest. (default: found by comparing weights)",
            valueName: "org/name[@revision]"))
    var baseModelID: String?

    @Flag(help: "Replace a README that was edited on the Hub.")
    var overwriteCard = false

    @Option(
        help: ArgumentHelp(
            "With --merged: the base model's directory or id. (default: found through the checkpoint)",
            valueName: "dir"))
    var base: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var machine: MachineOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = try request()
        var configuration = try HubConfiguration.ofCommand(hub)
        // A plan can do without the Hub, so it does not wait long for it.
        if dryRun { configuration.repetitions = 1 }
        let publisher = try check(request, configuration)
        let work = StagedWork()
        defer { work.finish() }
        let staging = merged ? try StagingDirectory() : nil
        let model = try staging.map { try merge(into: $0) }
        let isPlan = dryRun
        let outcome = try HubSession.run(
            configuration, task: "publishing \(request.repository)", console: output.console,
            signals: work.signals
        ) { client in
            isPlan
                ? try await publisher.plan(by: client, merged: model)
                : try await publisher.publish(by: client, merged: model)
        }
        withExtendedLifetime(staging) {}
        try show(outcome, request)
    }

    private func request() throws -> PublishRequest {
        var request = PublishRequest(
            checkpoint: checkpoint, repository: try HubRepositoryID(repository))
        // Checked as part of a reference, since it becomes one.
        request.branch = try HubReference(id: request.repository, revision: revision).revision
        request.message = message
        request.isPrivate = `private`
        request.isMerged = merged
        request.license = license
        request.baseModel = try baseModelID.map { try HubReference($0) }
        request.overwritesCard = overwriteCard
        return request
    }

    private func check(_ request: PublishRequest, _ configuration: HubConfiguration) throws -> Publisher {
        let console = output.console
        let progress = ShareProgress("checking \(checkpoint)", console: console)
        defer { progress.finish() }
        let isQuiet = console.isQuiet
        do {
            return try Publisher(
                request, configuration: configuration, isPlan: dryRun,
                warn: { Console(isQuiet: isQuiet).warning(FlagName.text($0)) }
            ) { done, total in progress.update(Double(done) / Double(max(1, total))) }
        } catch ClassifierError.notACheckpoint(let path) {
            throw CheckpointArguments.notACheckpoint(path)
        }
    }

    private func merge(into staging: StagingDirectory) throws -> MergedModel {
        let console = output.console
        var arguments = CheckpointArguments()
        arguments.checkpoint = checkpoint
        arguments.base = base
        let classifier = try arguments.load(machine: machine, console: console, verifiesBase: true)
        let directory = staging.path + "/merged"
        let progress = ShareProgress("merging", console: console)
        defer { progress.finish() }
        let entries = try ModelMerger.merge(classifier, from: checkpoint, to: directory) {
            progress.update($0)
        }
        return MergedModel(directory: directory, entries: entries)
    }

    private func show(_ outcome: PublishOutcome, _ request: PublishRequest) throws {
        let report = PublishReport(outcome: outcome, request: request, isPlan: dryRun)
        try StandardOutput.print(
            output.json
                ? JSONValue.object(report.json).encoded(.pretty) : report.lines.joined(separator: "\n"),
            as: output.json ? .data : .words)
    }
}
