// swift-tools-version: 6.2
import PackageDescription

// What a user's package looks like: it depends on the library product alone and needs no unsafe flags.
let package = Package(
    name: "consumer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "apr", path: "../..")],
    targets: [
        .executableTarget(name: "consumer", dependencies: [.product(name: "FineTuning", package: "apr")])
    ],
    swiftLanguageModes: [.v6]
)
