import CheckpointIO
import HuggingFaceCache
import JSONCore
package import Platform

/// Checks a base, or any model of a HuggingFace cache, by reading every byte of it.
package enum BaseVerifier {
    /// Whether a directory holds a model: a configuration or weights.
    package static func isModel(_ directory: String) -> Bool {
        ["config.json", "model.safetensors", ShardIndex.fileName, AdapterConfig.fileName].contains {
            (try? FileStatus.of(directory.appendingComponent($0), followingLinks: true)) != nil
        }
    }

    /// Checks everything and reports all problems.
    ///
    /// - Parameter progress: called with the bytes read so far and the bytes in all.
    /// - Throws: `FileError` when the directory cannot be listed.
    package static func verify(
        directory: String, progress: ((_ done: Int, _ total: Int) -> Void)? = nil
    ) throws(FileError) -> BaseVerification {
        let names = try Directory.names(in: directory).filter { name in
            let path = directory.appendingComponent(name)
            return (try? FileStatus.of(path, followingLinks: true))?.kind != .directory
        }
        let sizes = names.map {
            (try? FileStatus.of(directory.appendingComponent($0), followingLinks: true))?.byteCount ?? 0
        }
        let count = SharedByteCount(total: sizes.reduce(0, +), progress)
        let files = parallelMap(names, costs: sizes) { check(directory.appendingComponent($0), count) }
        var problems = files.compactMap(\.problem)
        let isWeights: (String) -> Bool = { $0.hasSuffix(".safetensors") || $0 == ShardIndex.fileName }
        // A file that is damaged need not be reported as one of several that do not fit each other.
        if problems.isEmpty, names.contains(where: isWeights), !names.contains(AdapterConfig.fileName) {
            do throws(FileError) { _ = try ShardedSafetensors(directory: directory) } catch {
                problems = [error]
            }
        }
        return BaseVerification(directory: directory, files: files, problems: problems)
    }

    private static func check(_ path: String, _ count: SharedByteCount) -> BaseVerification.File {
        let name = path.lastComponent
        var counted = 0
        do throws(FileError) {
            let file = try MappedFile(path: path)
            let (hash, isCompared) = try HuggingFaceBlob.comparedSHA256(reading: file) { done in
                count.add(done - counted)
                counted = done
            }
            if name.hasSuffix(".safetensors") { _ = try SafetensorsFile(file: file) }
            if name.hasSuffix(".json"), let error = jsonProblem(of: file) {
                throw FileError(BaseProblem.notJSON(error), path: path)
            }
            return BaseVerification.File(
                name: name, byteCount: file.byteCount, sha256: hash, isCompared: isCompared, problem: nil)
        } catch {
            return BaseVerification.File(
                name: name, byteCount: 0, sha256: nil, isCompared: false, problem: error)
        }
    }

    private static func jsonProblem(of file: MappedFile) -> JSONError? {
        do throws(JSONError) {
            _ = try file.withUnsafeBytes { bytes throws(JSONError) in
                try JSONParser.parse(bytes, duplicateKeys: .lastWins)
            }
            return nil
        } catch {
            return error
        }
    }
}

/// What the check of a base has found.
package struct BaseVerification: Sendable {
    /// One file.
    package struct File: Sendable {
        package let name: String
        package let byteCount: Int
        /// The SHA-256 of its content; nil if it cannot be read or is not what it should be.
        package let sha256: String?
        /// Whether an earlier hash was known and compared: the name in the cache, or a remembered one.
        package let isCompared: Bool
        /// What is wrong with it.
        package let problem: FileError?
    }

    /// The directory that was checked.
    package let directory: String
    /// Its files, by name.
    package let files: [File]
    /// What is wrong.
    package let problems: [FileError]

    /// Whether nothing is wrong.
    package var isValid: Bool { problems.isEmpty }
}

/// Why a file of a base is not acceptable.
private enum BaseProblem: ExplainedProblem {
    case notJSON(JSONError)

    var fact: String {
        switch self {
        case .notJSON(let error): "not valid JSON: \(error)"
        }
    }

    var remedy: String { "the file is damaged; restore it, or fetch the base again" }
}
