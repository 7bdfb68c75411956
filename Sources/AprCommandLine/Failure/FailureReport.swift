import ClassificationData
import Evaluation
import FineTuning
import HTTPServer
import HuggingFaceHub
import Inference
import JSONCore
import ModelCards
import ModelImport
import ModelPublishing
import Platform
import Reporting
import TensorCore
import TextTokenization
import TransformerModels

/// The exit status and the words for an error of one of the modules.
struct FailureReport {
    let status: ExitStatus
    let message: String

    /// The status that an error of the Hub's ends with.
    static func status(of error: HubError) -> ExitStatus { error.exitStatus }

    /// The report of an error; nil for errors of the argument parser.
    init?(_ error: any Error) {
        message = FlagName.text(of: error)
        switch error {
        case let error as CommandError: status = error.status
        case is ConfigError: status = .usage
        case let error as DatasetError: status = error.isInputOutput ? .inputOutput : .badData
        case let error as ClassWeightError: status = error.exitStatus
        case let error as TrainingError: status = error.exitStatus
        case let error as ClassifierError: status = error.exitStatus
        case let error as FileError: status = error.exitStatus
        case let error as TokenizerError: status = error.exitStatus
        case let error as ImportError: status = error.exitStatus
        case let error as HubError: status = error.exitStatus
        case let error as CardError: status = error.exitStatus
        case let error as PublishError: status = error.exitStatus
        case is ModelError, is EvaluationError, is JSONError, is ReportError: status = .badData
        case is BackendError: status = .failure
        case is HTTPServerError: status = .unavailable
        case let error as OutputError: status = error.exitStatus
        default: return nil
        }
    }
}

extension ClassWeightError {
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .multiLabel: .usage
        case .unreadable: .inputOutput
        default: .badData
        }
    }
}

extension TrainingError {
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .runExists, .locked, .notADirectory: .cannotCreate
        case .tooLittleMemory: .usage
        case .notFinite: .failure
        case .bestNotSaved: .inputOutput
        default: .badData
        }
    }
}

extension ClassifierError {
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .outputInUse: .cannotCreate
        default: .badData
        }
    }
}

extension FileError {
    fileprivate var exitStatus: ExitStatus {
        if problem as? FileProblem == .directoryReplaced { return .inputOutput }
        return switch (problem as? SystemCallProblem)?.operation {
        case .create, .makeDirectory: .cannotCreate
        case nil: .badData
        default: .inputOutput
        }
    }
}

extension TokenizerError {
    fileprivate var exitStatus: ExitStatus {
        switch rule {
        case .unreadable: .inputOutput
        default: .badData
        }
    }
}

extension ImportError {
    fileprivate var exitStatus: ExitStatus {
        switch rule {
        case .outputExists, .outputIsNoModel, .outputHoldsSource: .cannotCreate
        default: .badData
        }
    }
}

extension HubError {
    fileprivate var exitStatus: ExitStatus {
        switch kind {
        case .usage, .setting: .usage
        case .notPermitted: .notPermitted
        case .notFound, .rejected, .badContent: .badData
        case .conflict: .failure
        case .unavailable: .unavailable
        }
    }
}

extension CardError {
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .unknownLicense: .usage
        case .badMetadata: .badData
        }
    }
}

extension PublishError {
    fileprivate var exitStatus: ExitStatus {
        switch self {
        case .noToken: .notPermitted
        case .baseNotConfirmed, .baseDiffers, .localPath, .notMerged: .badData
        }
    }
}
