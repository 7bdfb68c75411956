import Dispatch
import Inference
import Platform
import Serving
import TensorCore

/// A checkpoint to be served, and its name.
struct ModelSource: Sendable {
    let name: String
    let path: String
    /// Whether it is a path, and no id on the Hub, whose content does not change.
    let isLocal: Bool

    /// `name=path`, or a path, which then is the name, too. A path that exists may have an equals sign in it.
    init(_ text: String) {
        if !Self.exists(text), let mark = text.firstIndex(of: "=") {
            name = String(text[..<mark])
            path = String(text[text.index(after: mark)...])
        } else {
            name = text
            path = text
        }
        isLocal = Self.exists(path)
    }

    /// Whether there is something at the path. While a checkpoint is being replaced, there may be nothing for a moment.
    var exists: Bool { Self.exists(path) }

    private static func exists(_ path: String) -> Bool {
        (try? FileStatus.of(path, followingLinks: true)) != .some(.none)
    }

    /// What changes when the checkpoint is replaced: the directory itself, or the files that name its content.
    var identity: [FileStatus?] {
        ["", "manifest.json", "adapter_model.safetensors", "model.safetensors", "config.json"].map { name in
            let path = name.isEmpty ? path : path.appendingComponent(name)
            return (try? FileStatus.of(path, followingLinks: true)) ?? nil
        }
    }
}

/// Loads checkpoints for the server, all on one device.
struct ModelLoader: Sendable {
    let base: String?
    let maxSeqLength: Int?
    let verifiesBase: Bool
    let backend: any Backend

    func load(_ source: ModelSource, console: Console) throws -> ServedModel {
        let classifier = try CheckpointArguments.load(
            source.path, base: base, makeBackend: { backend }, console: console, maxSeqLength: maxSeqLength,
            verifiesBase: verifiesBase)
        return ServedModel(name: source.name, source: source.path, classifier: classifier)
    }
}

/// Replaces checkpoints that are served by new ones: on SIGHUP, and if asked for when one has been replaced.
///
/// A checkpoint that cannot be loaded changes nothing; the old one goes on answering.
final class Reloading {
    private let worker: Worker
    private let signals: SignalWatch
    private let timer: (any DispatchSourceTimer)?

    /// - Parameter identities: of the sources, from before they were loaded.
    init(
        models: ServedModels, sources: [ModelSource], identities: [[FileStatus?]], loader: ModelLoader,
        watches: Bool
    ) {
        let worker = Worker(models: models, sources: sources, identities: identities, loader: loader)
        self.worker = worker
        signals = SignalWatch([SIGHUP]) { _ in worker.reload(all: true) }
        guard watches else {
            timer = nil
            return
        }
        let timer = DispatchSource.makeTimerSource(queue: worker.queue)
        timer.schedule(deadline: .now() + Self.pause, repeating: Self.pause)
        timer.setEventHandler { worker.reloadNow(all: false) }
        timer.resume()
        self.timer = timer
    }

    private static let pause = 1.0

    func end() { timer?.cancel() }

    private final class Worker: Sendable {
        let queue = DispatchQueue(label: "reload")
        private let models: ServedModels
        private let sources: [ModelSource]
        private let loader: ModelLoader
        private let identities: Locked<[[FileStatus?]]>

        init(
            models: ServedModels, sources: [ModelSource], identities: [[FileStatus?]], loader: ModelLoader
        ) {
            self.models = models
            self.sources = sources
            self.loader = loader
            self.identities = Locked(identities)
        }

        func reload(all: Bool) {
            queue.async { self.reloadNow(all: all) }
        }

        /// Runs on the queue.
        func reloadNow(all: Bool) {
            for (index, source) in sources.enumerated() where source.isLocal {
                guard source.exists else {
                    if all { warn(source, "there is nothing at this path") }
                    continue
                }
                let identity = source.identity
                let isNew = identities.withLock { identities in
                    let isNew = identities[index] != identity
                    identities[index] = identity
                    return isNew
                }
                guard all || isNew else { continue }
                do {
                    models.replace(with: try loader.load(source, console: Console(isQuiet: true)))
                    StandardError.write("apr: \(source.name) was loaded anew\n")
                } catch {
                    warn(source, FlagName.text(of: error))
                }
            }
        }

        private func warn(_ source: ModelSource, _ reason: String) {
            Console.standard.warning(
                "\(source.name) was not loaded anew, the old one is still served: \(reason)")
        }
    }
}
