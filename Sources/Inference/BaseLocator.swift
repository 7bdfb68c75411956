import CheckpointIO
import HuggingFaceCache
import Platform
import TransformerModels

/// Finds the base model of a classifier, and checks that it is the right one.
package enum BaseLocator {
    /// The directory for a name that a user or a file gives: a directory, or a Hub id in the cache; nil if it is
    /// neither.
    ///
    /// - Parameter revision: the commit on the Hub; nil takes the cached `main`.
    package static func directory(named name: String, revision: String? = nil) -> String? {
        if isModel(name) { return name }
        guard let cache = HubCache.current else { return nil }
        return cache.snapshot(of: name, revision: revision) ?? cache.snapshot(of: name)
    }

    /// The directory of a classifier's base.
    ///
    /// - Parameters:
    ///   - source: the classifier.
    ///   - given: the directory or Hub id the user names, or nil to find it through the classifier.
    ///   - readsAll: whether every byte of its weights is read, whatever hashes are remembered.
    ///   - progress: receives the share of a candidate's weights read, from 0 to 1.
    /// - Throws: `ClassifierError.baseNotFound`, `.wrongBase`, `.wrongBaseConfig`, or `FileError`.
    package static func locate(
        _ source: ClassifierSource, given: String?, readsAll: Bool, progress: ((Double) -> Void)? = nil
    ) throws -> String {
        if source.isFullModel {
            guard given == nil else { throw ClassifierError.needsNoBase(path: source.path) }
            return source.directory
        }
        let expected = source.description?.base
        let name = expected?.name ?? source.adapter.baseModelNameOrPath ?? "(not named)"
        var tried: [String] = []
        for (candidate, revision) in candidates(source, given: given) {
            tried.append(candidate)
            guard let directory = directory(named: candidate, revision: revision) else { continue }
            try check(directory, source, readsAll: readsAll, progress)
            return directory
        }
        throw ClassifierError.baseNotFound(checkpoint: source.path, name: name, tried: tried)
    }

    private static func candidates(
        _ source: ClassifierSource, given: String?
    ) -> [(name: String, revision: String?)] {
        if let given { return [(given, nil)] }
        var candidates: [(name: String, revision: String?)] = []
        if let name = source.adapter.baseModelNameOrPath {
            candidates.append((name, source.adapter.revision))
        }
        if let base = source.description?.base, base.revision != nil {
            candidates.append((base.name, base.revision))
        }
        if let directory = RunDocument.baseDirectory(run: source.directory.parentOfCheckpoint) {
            candidates.append((directory, nil))
        }
        return candidates
    }

    /// Compares a base with what the classifier recorded of its own. A foreign adapter recorded nothing.
    private static func check(
        _ directory: String, _ source: ClassifierSource, readsAll: Bool, _ progress: ((Double) -> Void)?
    ) throws {
        guard source.description != nil || readsAll else { return }
        let identity = try BaseIdentity(
            directory: directory, weights: ShardedSafetensors(directory: directory),
            config: ModelConfig.load(directory: directory), readsAll: readsAll, progress: progress)
        guard let expected = source.description?.base else { return }
        guard identity.hasSameWeights(as: expected) else {
            throw ClassifierError.wrongBase(checkpoint: source.path, base: directory, name: expected.name)
        }
        guard let config = identity.config, let recorded = source.baseConfig else { return }
        let changed = BaseIdentity.differences(of: config, from: recorded).changed
        guard changed.isEmpty else {
            throw ClassifierError.wrongBaseConfig(
                checkpoint: source.path, base: directory, differences: changed)
        }
    }

    private static func isModel(_ path: String) -> Bool {
        (try? FileStatus.of(path.appendingComponent("config.json"), followingLinks: true))?.kind == .file
    }
}

extension String {
    /// The run's directory of a checkpoint's.
    fileprivate var parentOfCheckpoint: String { RealPath.of(self).parentDirectory }
}
