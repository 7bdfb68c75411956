public import JSONCore

/// PEFT's `adapter_config.json` for LoRA on a sequence classifier.
///
/// Reading gives missing keys PEFT's defaults, and refuses by name every key that would change the result
/// but is not supported. Writing uses the keys that every PEFT version knows.
public struct AdapterConfig: Sendable, Hashable {
    /// The file's name in a checkpoint.
    public static let fileName = "adapter_config.json"

    /// Which modules are meant.
    public enum ModuleSelection: Sendable, Hashable {
        /// Names, or ends of names at a dot.
        case list([String])
        /// Every linear layer but the head.
        case allLinear
        /// A regular expression that the whole name matches.
        case pattern(String)
    }

    /// A value for the modules that match a pattern; of several that match, the first counts.
    public struct Override<Value: Sendable & Hashable>: Sendable, Hashable {
        /// A regular expression for the end of a module's name.
        public var pattern: String
        /// The value that replaces the general one.
        public var value: Value

        /// An override.
        public init(pattern: String, value: Value) {
            self.pattern = pattern
            self.value = value
        }
    }

    /// The base model: a Hub id or a directory.
    public var baseModelNameOrPath: String?
    /// The base model's revision on the Hub.
    public var revision: String?
    /// The rank r.
    public var rank: Int
    /// The numerator of the scale.
    public var loraAlpha: Double
    /// The dropout on the adapter's input while training.
    public var loraDropout: Double
    /// The modules that have an adapter.
    public var targetModules: ModuleSelection
    /// Modules that have none although `targetModules` matches them.
    public var excludeModules: ModuleSelection?
    /// The head's names.
    public var modulesToSave: [String]
    /// Whether the scale is alpha / sqrt(r) instead of alpha / r.
    public var useRSLoRA: Bool
    /// Ranks that differ from `rank`.
    public var rankPattern: [Override<Int>]
    /// Alphas that differ from `loraAlpha`.
    public var alphaPattern: [Override<Double>]
    /// The blocks that have adapters, or nil for all.
    public var layersToTransform: [Int]?
    /// The names of the list of blocks; empty for any.
    public var layersPattern: [String]
    /// How A and B were initialised; informs only, once they are trained.
    public var initLoRAWeights: JSONValue

    /// A configuration with PEFT's defaults for what is not given.
    public init(
        baseModelNameOrPath: String?, rank: Int, loraAlpha: Double, loraDropout: Double = 0,
        targetModules: ModuleSelection = .list(["q_proj", "v_proj"]), useRSLoRA: Bool = false,
        revision: String? = nil
    ) {
        self.baseModelNameOrPath = baseModelNameOrPath
        self.revision = revision
        self.rank = rank
        self.loraAlpha = loraAlpha
        self.loraDropout = loraDropout
        self.targetModules = targetModules
        excludeModules = nil
        modulesToSave = ["classifier", "score"]
        self.useRSLoRA = useRSLoRA
        rankPattern = []
        alphaPattern = []
        layersToTransform = nil
        layersPattern = []
        initLoRAWeights = true
    }
}
