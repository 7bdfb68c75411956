/// What went wrong with a file, where, and what to do about it.
///
/// The description reads "place: fact; remedy".
public struct CheckpointError: Error, Sendable, Hashable {
    /// The rule or operation that failed, by area.
    public enum Code: Sendable, Hashable {
        /// The operating system refused an operation.
        case io(operation: FileOperation, errno: Int32)
        /// A file as a whole is not acceptable, whatever its format.
        case file(FileProblem)
        /// A tensor was asked for, or offered, that does not fit.
        case tensor(TensorProblem)
        /// The file breaks a rule of the safetensors format.
        case safetensors(SafetensorsProblem)
        /// The shard index breaks a rule.
        case shardIndex(ShardIndexProblem)
        /// The file breaks a rule of the APR format.
        case apr(APRProblem)
        /// The adapter configuration is not acceptable.
        case adapterConfig(AdapterConfigProblem)
        /// The manifest is not acceptable.
        case manifest(ManifestProblem)
    }

    /// The rule or operation that failed.
    public let code: Code
    /// The file or directory concerned.
    public let path: String

    /// An error about a file or directory.
    public init(_ code: Code, path: String) {
        self.code = code
        self.path = path
    }

    /// An operating system error.
    public static func io(_ operation: FileOperation, errno: Int32, path: String) -> CheckpointError {
        CheckpointError(.io(operation: operation, errno: errno), path: path)
    }

    /// What happened, without the place.
    public var fact: String { code.problem.fact }
    /// What the user can do about it.
    public var remedy: String { code.problem.remedy }
}

extension CheckpointError: CustomStringConvertible {
    public var description: String { "\(path): \(fact); \(remedy)" }
}

/// A problem that can tell a person what is wrong and what to do.
protocol ExplainedProblem {
    var fact: String { get }
    var remedy: String { get }
}

extension CheckpointError.Code {
    fileprivate var problem: any ExplainedProblem {
        switch self {
        case .io(let operation, let errno): OperatingSystemProblem(operation: operation, errno: errno)
        case .file(let problem): problem
        case .tensor(let problem): problem
        case .safetensors(let problem): problem
        case .shardIndex(let problem): problem
        case .apr(let problem): problem
        case .adapterConfig(let problem): problem
        case .manifest(let problem): problem
        }
    }
}
