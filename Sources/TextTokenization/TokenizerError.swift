public import JSONCore

/// Why a `tokenizer.json` cannot be used: the rule that it breaks, and where.
public struct TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Rule: Sendable, Hashable {
        /// The file cannot be read; the text says why.
        case unreadable(String)
        /// The directory has a tokenizer in another form than `tokenizer.json`, in this file.
        case otherForm(file: String)
        /// The file is the note that Git LFS leaves where it has not fetched the file itself.
        case gitLFSPointer
        /// The file is not acceptable JSON.
        case json(JSONError)
        /// A value has the wrong JSON type.
        case wrongType(expected: String, found: String)
        /// A required member is missing.
        case missing
        /// The file says that it is of a version other than 1.0.
        case unsupportedVersion(String)
        /// A component this program does not have, by its name in the file.
        case unsupportedComponent(String)
        /// An option of a known component that this program does not have.
        case unsupportedOption(String)
        /// An unknown regular expression.
        case unsupportedPattern(String)
        /// A value that its member does not allow.
        case invalidValue(String, allowed: String)
        /// A token id that is negative or beyond 2^31 - 1.
        case idOutOfRange(String)
        /// Two tokens of the vocabulary with one id.
        case duplicateID(Int32, String, String)
        /// A vocabulary with more text than this program can index.
        case vocabularyTooLarge
        /// A merge that is not two tokens.
        case malformedMerge
        /// A merge with or into a text that is not in the vocabulary.
        case mergeOutOfVocabulary(String)
        /// The unknown token is not in the vocabulary.
        case unknownTokenMissing(String)
        /// Two added tokens that the text cannot tell apart.
        case duplicateAddedToken(String)
        /// An added token that is empty after normalization.
        case emptyAddedToken(String)
        /// A template names a special token that it does not define.
        case templateTokenMissing(String)
        /// A special token with a different number of ids and printed forms.
        case templateLengthMismatch(String)
        /// A template for single texts that uses the second one.
        case templateUsesSecondText
        /// A sequence of more components than any real tokenizer has.
        case tooManySteps(limit: Int)
        /// Replacements that together make a text too many times longer.
        case growthTooLarge(limit: Int)
        /// A template with more special tokens than any real one.
        case tooManySpecialTokens(limit: Int)
        /// A stride with which truncation makes no progress.
        case strideTooLarge(Int, room: Int)
        /// A limit smaller than the special tokens alone.
        case noRoomForSpecialTokens(maxLength: Int, added: Int)
    }

    /// The rule that was broken.
    public let rule: Rule
    /// The path of the value, such as `model.merges[3]`; empty for the file as a whole.
    public let jsonPath: String
    /// The file, if the tokenizer was read from one.
    public internal(set) var file: String?

    /// The error of a broken rule at a path inside a file.
    public init(_ rule: Rule, at jsonPath: String = "", file: String? = nil) {
        self.rule = rule
        self.jsonPath = jsonPath
        self.file = file
    }

    /// Path, fact and remedy in one line.
    public var description: String {
        let prefix = [file ?? "tokenizer.json", jsonPath].filter { !$0.isEmpty }.joined(separator: ": ")
        return "\(prefix): \(rule.explanation)"
    }
}

extension TokenizerError.Rule {
    fileprivate var explanation: String {
        switch self {
        case .unreadable(let reason): "cannot be read (\(reason))"
        case .otherForm(let file):
            "not there; the directory has the tokenizer as \(file), which this program does not read; load it with AutoTokenizer.from_pretrained and save it again: save_pretrained writes tokenizer.json"
        case .gitLFSPointer:
            "a Git LFS pointer instead of the file itself; fetch the file: run git lfs pull in its repository, or download it again"
        case .json(let error): "\(error)"
        case .wrongType(let expected, let found): "expected \(expected), found \(found)"
        case .missing: "missing"
        case .unsupportedVersion(let version): "version \"\(version)\" is not supported; expected \"1.0\""
        case .unsupportedComponent(let name): "\(name) is not supported"
        case .unsupportedOption(let option): "\(option) is not supported"
        case .unsupportedPattern(let pattern):
            "the regular expression \(pattern) is not one of the supported patterns (GPT-2, Llama 3, Qwen2)"
        case .invalidValue(let value, let allowed): "\(value) is not allowed here; expected \(allowed)"
        case .idOutOfRange(let id): "id \(id) is out of range; ids run from 0 to 2147483647"
        case .duplicateID(let id, let first, let second):
            "tokens \"\(first)\" and \"\(second)\" share id \(id)"
        case .vocabularyTooLarge: "the tokens together are longer than 4 GiB"
        case .malformedMerge:
            "a merge must be two tokens, as \"a b\" or [\"a\", \"b\"], neither of them empty"
        case .mergeOutOfVocabulary(let token): "\"\(token)\" is not in the vocabulary"
        case .unknownTokenMissing(let token): "the unknown token \"\(token)\" is not in the vocabulary"
        case .duplicateAddedToken(let token): "\"\(token)\" matches the same text as another added token"
        case .emptyAddedToken(let token): "\"\(token)\" is empty after normalization"
        case .templateTokenMissing(let token): "\"\(token)\" is not among the template's special_tokens"
        case .templateLengthMismatch(let token): "\"\(token)\" has a different number of ids and tokens"
        case .templateUsesSecondText: "the template for single texts uses the second text ($B)"
        case .tooManySteps(let limit): "more than \(limit) components of this kind in sequence"
        case .growthTooLarge(let limit): "the replacements make a text more than \(limit) times longer"
        case .tooManySpecialTokens(let limit): "the template adds more than \(limit) special tokens"
        case .strideTooLarge(let stride, let room):
            "a stride of \(stride) is not below the \(room) tokens of room"
        case .noRoomForSpecialTokens(let maxLength, let added):
            "a max_length of \(maxLength) has no room for \(added) special tokens"
        }
    }
}
