import HuggingFaceCache
import Platform

/// The environment's variables by which HuggingFace's tools are configured.
public struct HubEnvironment: Sendable {
    /// The variables of this process.
    public static let process = HubEnvironment { name in getenv(name).map { String(cString: $0) } }

    private let lookup: @Sendable (String) -> String?

    /// An environment of your own.
    public init(_ lookup: @escaping @Sendable (String) -> String?) { self.lookup = lookup }

    /// A variable; nil when it is not there or empty.
    subscript(name: String) -> String? { lookup(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether a variable says yes in the words that huggingface_hub takes.
    func isSet(_ name: String) -> Bool {
        ["1", "ON", "YES", "TRUE"].contains(self[name]?.uppercased() ?? "")
    }

    /// A variable that is a number of seconds above 0.
    func seconds(_ name: String) -> Double? {
        self[name].flatMap { Double($0) }.flatMap { $0.isFinite && $0 > 0 && $0 < 1e6 ? $0 : nil }
    }

    /// `$HF_HOME`, or where it is by default; nil without a home.
    public var home: String? { HubCache.home(in: lookup) }

    /// Where downloads are kept: `$HF_HUB_CACHE`, else `$HF_HOME/hub`; nil without a home.
    public var cache: String? { HubCache(in: lookup)?.directory }
}
