// swift-tools-version: 6.2
import Foundation
import PackageDescription

// `APR_STRICT=1` (set by CI) turns warnings into errors. It stays off for packages that
// depend on this one, so that a newer compiler's new warning never breaks a user's build.
let strict = ProcessInfo.processInfo.environment["APR_STRICT"] == "1"
let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "apr",
    platforms: [.macOS(.v15)],
    products: [
        .library(
            name: "FineTuning",
            targets: ["FineTuning", "Inference", "ClassificationData", "Backends", "Diagnostics"]),
        .executable(name: "apr", targets: ["apr"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        // The system, and what it leaves to its programs.
        .target(name: "CSystemCalls"),
        .target(name: "CChecksum"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Platform", dependencies: ["CSystemCalls", "CChecksum"], swiftSettings: settings),
        // Bytes and numbers.
        .target(name: "JSONCore", swiftSettings: settings),
        // What errors say, with settings named for every front end.
        .target(name: "Diagnostics", swiftSettings: settings),
        .target(name: "TensorCore", dependencies: ["Diagnostics"], swiftSettings: settings),
        .target(
            name: "CPUKernels",
            exclude: ["attention.inc", "gemm.inc", "rows.inc", "swiglu.inc", "undefine.inc", "vector.inc"]),
        .target(
            name: "BackendCPU", dependencies: ["TensorCore", "Platform", "CPUKernels"],
            swiftSettings: settings),
        // Files.
        .target(
            name: "FileHashing", dependencies: ["Platform", "JSONCore", crypto], swiftSettings: settings),
        .target(
            name: "HuggingFaceCache", dependencies: ["Platform", "FileHashing"], swiftSettings: settings),
        .target(
            name: "CheckpointIO", dependencies: ["Platform", "FileHashing", "JSONCore", crypto],
            swiftSettings: settings),
        .target(name: "TextTokenization", dependencies: ["Platform", "JSONCore"], swiftSettings: settings),
        .target(
            name: "ModelImport", dependencies: ["Platform", "FileHashing", "JSONCore", "CheckpointIO"],
            swiftSettings: settings),
        .target(
            name: "HuggingFaceHub",
            dependencies: [
                "Platform", "FileHashing", "HuggingFaceCache", "JSONCore", "Diagnostics", crypto, httpClient,
                nioCore, nioPosix, nioHTTP, nioTLS,
            ],
            swiftSettings: settings),
        // The model and its training.
        .target(
            name: "TransformerModels",
            dependencies: ["Platform", "TensorCore", "CheckpointIO", "JSONCore", "Diagnostics"],
            swiftSettings: settings),
        .target(name: "Evaluation", dependencies: ["Platform", "JSONCore"], swiftSettings: settings),
        // What a trained model has to beat.
        .target(name: "Baselines", dependencies: ["Platform"], swiftSettings: settings),
        // Labelled texts.
        .target(
            name: "ClassificationData",
            dependencies: ["Platform", "TensorCore", "JSONCore", "Diagnostics", "CZlib", crypto],
            swiftSettings: settings),
        .target(
            name: "Inference",
            dependencies: [
                "Platform", "FileHashing", "HuggingFaceCache", "ClassificationData", "TransformerModels",
                "TensorCore", "CheckpointIO", "TextTokenization", "Evaluation", "JSONCore", "Diagnostics",
            ],
            swiftSettings: settings),
        .target(
            name: "ModelCards",
            dependencies: [
                "Platform", "FileHashing", "HuggingFaceCache", "ClassificationData", "Inference", "JSONCore",
                "Diagnostics", yams,
            ],
            swiftSettings: settings),
        .target(
            name: "FineTuning",
            dependencies: [
                "Platform", "FileHashing", "HuggingFaceCache", "ClassificationData", "Inference",
                "ModelCards",
                "TransformerModels",
                "TensorCore", "CheckpointIO", "TextTokenization", "Evaluation", "JSONCore", "Diagnostics",
                crypto,
            ],
            swiftSettings: settings),
        // A run in pictures, from the files it leaves.
        .target(
            name: "Reporting",
            dependencies: ["Platform", "JSONCore", "Evaluation", "Diagnostics"],
            swiftSettings: settings),
        .target(
            name: "ModelPublishing",
            dependencies: [
                "FineTuning", "HuggingFaceHub", "ModelCards", "CheckpointIO", "Platform", "JSONCore",
                "Diagnostics", yams,
            ],
            swiftSettings: settings),
        // Requests of clients.
        .target(
            name: "HTTPServer", dependencies: ["Platform", nioCore, nioPosix, nioHTTP],
            swiftSettings: settings),
        .target(
            name: "Serving",
            dependencies: [
                "HTTPServer", "Inference", "ClassificationData", "TextTokenization", "Evaluation",
                "TensorCore",
                "Platform", "JSONCore",
            ],
            swiftSettings: settings),
        .target(
            name: "Backends", dependencies: ["TensorCore", "BackendCPU", "Diagnostics"],
            swiftSettings: settings),
        .target(
            name: "AprCommandLine",
            dependencies: [
                "Platform", "HuggingFaceCache", "ClassificationData", "Inference",
                "FineTuning", "Backends",
                "ModelImport", "ModelCards", "ModelPublishing", "HuggingFaceHub", "HTTPServer", "Serving",
                "TextTokenization", "CheckpointIO", "Evaluation", "Baselines", "Reporting",
                "TransformerModels", "TensorCore", "JSONCore", "Diagnostics", argumentParser, yams,
            ],
            swiftSettings: settings),
        .executableTarget(name: "apr", dependencies: ["AprCommandLine"], swiftSettings: settings),
        // Tests.
        .target(
            name: "TestSupport", dependencies: ["Platform", "JSONCore", "TensorCore", "BackendCPU"],
            path: "Tests/TestSupport", swiftSettings: settings),
        // A device by a stranger: what it can reach of the rest is what anybody can.
        .target(
            name: "LazyBackend", dependencies: ["TensorCore"], path: "Tests/LazyBackend",
            packageAccess: false, swiftSettings: settings),
        .executableTarget(
            name: "parity-probe",
            dependencies: [
                "ClassificationData", "Inference", "FineTuning", "Backends", "TransformerModels",
                "TensorCore", "LazyBackend",
                "CheckpointIO", "FileHashing", "Evaluation", "Baselines", "Platform", "JSONCore",
            ],
            path: "Tests/ParityProbe", swiftSettings: settings),
        .executableTarget(
            name: "crash-probe",
            dependencies: [
                "ClassificationData", "Inference", "FineTuning", "Backends", "TransformerModels",
                "TextTokenization",
                "CheckpointIO", "Platform", "JSONCore",
            ],
            path: "Tests/CrashProbe", swiftSettings: settings),
        .testTarget(
            name: "PlatformTests",
            dependencies: [
                "Platform", "FileHashing", "HuggingFaceCache", "CheckpointIO", "JSONCore", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "JSONCoreTests", dependencies: ["JSONCore", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"], swiftSettings: settings),
        .testTarget(
            name: "BackendCPUTests", dependencies: ["BackendCPU", "TensorCore", "Platform", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "CheckpointIOTests",
            dependencies: ["CheckpointIO", "FileHashing", "Platform", "JSONCore", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "HuggingFaceHubTests",
            dependencies: ["HuggingFaceHub", "HuggingFaceCache", "FileHashing", "Platform", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ModelPublishingTests", dependencies: ["ModelPublishing", "Platform", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "TextTokenizationTests",
            dependencies: ["TextTokenization", "Platform", "JSONCore", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ModelImportTests",
            dependencies: [
                "ModelImport", "CheckpointIO", "FileHashing", "Platform", "JSONCore", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TransformerModelsTests",
            dependencies: [
                "TransformerModels", "TensorCore", "BackendCPU", "CheckpointIO", "Platform", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "EvaluationTests", dependencies: ["Evaluation", "JSONCore", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ClassificationDataTests",
            dependencies: [
                "ClassificationData", "TensorCore", "Platform", "JSONCore", "Diagnostics", "TestSupport",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "FineTuningTests",
            dependencies: [
                "ClassificationData", "Inference", "FineTuning", "Backends", "TransformerModels",
                "TensorCore",
                "BackendCPU", "CheckpointIO", "FileHashing", "HuggingFaceCache", "TextTokenization",
                "Evaluation", "Platform", "JSONCore", "Diagnostics", "TestSupport", "LazyBackend",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ReportingTests",
            dependencies: ["Reporting", "Evaluation", "CheckpointIO", "Platform", "JSONCore", "TestSupport"],
            swiftSettings: settings),
        // The code of the guides in FineTuning.docc, compiled as a user's package is: without upcoming features.
        .testTarget(
            name: "GuideTests",
            dependencies: [
                "FineTuning", "Backends", "BackendCPU", "TransformerModels", "TensorCore", "TextTokenization",
                "CheckpointIO", "Platform", "JSONCore", "TestSupport",
            ],
            swiftSettings: strict ? [.treatAllWarnings(as: .error)] : []),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "apr", "AprCommandLine", "Inference", "FineTuning", "CheckpointIO", "FileHashing", "Platform",
                "JSONCore",
                "Diagnostics", "TestSupport",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` sets APR_FUZZ. The fuzz targets link libFuzzer, so they are no part of an ordinary build.
if ProcessInfo.processInfo.environment["APR_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "ClassificationData", "Inference", "FineTuning", "Backends", "ModelImport",
                "TextTokenization",
                "CheckpointIO",
                "TransformerModels", "AprCommandLine", "Platform", "JSONCore",
            ],
            path: "Fuzz", exclude: ["seeds.py", "run.sh"], swiftSettings: settings))
}

// `make test` sets APR_HUB: the HuggingFace Hub that the tests publish to and pull from. Those who use `apr` never resolve
// the HTTP server that it needs.
if ProcessInfo.processInfo.environment["APR_HUB"] == "1" {
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ]
    package.targets.append(
        .executableTarget(
            name: "loopback-hub",
            dependencies: [
                argumentParser, crypto, nioCore, nioHTTP, nioPosix, yams,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                // The server without the framework around it: faults need the connection itself.
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/LoopbackHub", exclude: ["README.md"], swiftSettings: settings))
}

// `make bench` sets APR_BENCHMARKS. OpenBLAS is what the kernels are measured against; nothing else needs it.
if ProcessInfo.processInfo.environment["APR_BENCHMARKS"] == "1" {
    package.targets += [
        .systemLibrary(
            name: "COpenBLAS", path: "Benchmarks/COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Backends", "TensorCore", "COpenBLAS", "CPUKernels", "CheckpointIO", "FileHashing",
                "TextTokenization", "Platform", "JSONCore",
            ],
            path: "Benchmarks/kernels", swiftSettings: settings),
    ]
}

// `make test-sanitizers` names test targets in APR_TESTS: what they do not need is not compiled once more.
if let tests = ProcessInfo.processInfo.environment["APR_TESTS"] {
    var needed = Set(tests.split(separator: "|").map(String.init))
    for _ in package.targets {
        for target in package.targets where needed.contains(target.name) {
            for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
        }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
