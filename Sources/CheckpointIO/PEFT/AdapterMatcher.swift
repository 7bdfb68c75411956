public import Platform

/// Which modules of a model an adapter configuration means, and with what rank and scale; PEFT's rules.
public struct AdapterMatcher: Sendable {
    private enum Selection: Sendable {
        case list([String])
        case allLinear
        case pattern(ModulePattern)

        func matches(_ name: String) -> Bool {
            switch self {
            case .list(let names): names.contains { utf8Equal($0, name) || name.hasSuffix(".\($0)") }
            case .allLinear: true
            case .pattern(let pattern): pattern.matches(name)
            }
        }
    }

    private let config: AdapterConfig
    private let targets: Selection
    private let excluded: Selection?
    private let ranks: [(pattern: ModulePattern, value: Int)]
    private let alphas: [(pattern: ModulePattern, value: Double)]

    /// Compiles the patterns of a configuration.
    ///
    /// - Throws: `FileError` naming a pattern that uses what is not supported.
    public init(_ config: AdapterConfig) throws(FileError) {
        do throws(AdapterRule) {
            try self.init(rules: config)
        } catch {
            throw FileError(error.problem, path: AdapterConfig.fileName)
        }
    }

    init(rules config: AdapterConfig) throws(AdapterRule) {
        self.config = config
        targets = try Self.compile(config.targetModules, key: "target_modules")
        excluded = try config.excludeModules.map { selection throws(AdapterRule) in
            try Self.compile(selection, key: "exclude_modules")
        }
        ranks = try config.rankPattern.map { override throws(AdapterRule) in
            (try Self.suffix(override.pattern, key: "rank_pattern"), override.value)
        }
        alphas = try config.alphaPattern.map { override throws(AdapterRule) in
            (try Self.suffix(override.pattern, key: "alpha_pattern"), override.value)
        }
        for name in config.layersPattern
        where !name.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || ModulePattern.isWord($0) }) {
            throw AdapterRule(
                .unsupportedPattern(key: "layers_pattern", pattern: name, feature: "more than a plain name"))
        }
    }

    private static func compile(
        _ selection: AdapterConfig.ModuleSelection, key: String
    ) throws(AdapterRule) -> Selection {
        switch selection {
        case .list(let names): .list(names)
        case .allLinear: .allLinear
        case .pattern(let pattern): .pattern(try ModulePattern(pattern, key: key))
        }
    }

    /// A key of `rank_pattern` matches a whole name, or its end after a dot.
    private static func suffix(_ pattern: String, key: String) throws(AdapterRule) -> ModulePattern {
        try ModulePattern("(.*\\.)?(\(pattern))", key: key)
    }

    /// Whether a linear layer, by its full name in the model, has an adapter.
    public func targets(_ module: String) -> Bool {
        if let excluded, excluded.matches(module) { return false }
        // The head is trained in full, never adapted.
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        if parts.contains("score") || parts.contains("classifier") { return false }
        guard targets.matches(module) else { return false }
        // A module that is listed by its full name is meant whatever its layer.
        if case .list(let names) = targets, !names.contains(where: { utf8Equal($0, module) }),
            let layers = config.layersToTransform
        {
            return layerIndex(parts.map(String.init)).map(layers.contains) ?? false
        }
        return true
    }

    /// The rank of a module's adapter.
    public func rank(of module: String) -> Int {
        ranks.first { $0.pattern.matches(module) }?.value ?? config.rank
    }

    /// The alpha of a module's adapter.
    public func alpha(of module: String) -> Double {
        alphas.first { $0.pattern.matches(module) }?.value ?? config.loraAlpha
    }

    /// The factor of a module's adapter: alpha / r, or alpha / sqrt(r) with rsLoRA.
    public func scaling(of module: String) -> Double {
        let rank = Double(rank(of: module))
        return alpha(of: module) / (config.useRSLoRA ? rank.squareRoot() : rank)
    }

    /// The first number in a name that stands behind the list of blocks and before something else.
    private func layerIndex(_ parts: [String]) -> Int? {
        for index in parts.indices.dropFirst().dropLast()
        where parts[index].utf8.allSatisfy(ModulePattern.isDigit) {
            let prefix = parts[..<index].joined(separator: ".")
            let fits =
                config.layersPattern.isEmpty
                ? index >= 2 : config.layersPattern.contains { prefix == $0 || prefix.hasSuffix(".\($0)") }
            if fits, !parts[index].isEmpty { return Int(parts[index]) }
        }
        return nil
    }
}
