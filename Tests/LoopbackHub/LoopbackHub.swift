import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// A Hub on the loopback interface, for tests and for trying by hand.
@main
struct LoopbackHub: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loopback-hub",
        abstract:
            "A HuggingFace Hub on 127.0.0.1, with its object store on a second port and faults on request.")

    @Option(help: "Port of the Hub; 0 is any free one.") var port = 0
    @Option(help: "Port of the object store.") var storagePort = 0
    @Option(help: "Port of the control interface.") var controlPort = 0
    @Option(help: "Port of a foreign host that only records.") var elsewherePort = 0
    @Option(help: "Address the object store listens on.") var storageHost = "127.0.0.1"
    @Option(help: "Folder for large objects; without it a temporary one, removed at the end.") var data:
        String?
    @Option(help: "File that gets the line printed when ready.") var readyFile: String?
    @Option(help: "Bytes in a part of a multipart upload.") var partSize = 8 << 20
    @Option(help: "Files above this many bytes go up in parts.") var multipartThreshold = 16 << 20
    @Option(help: "Files above this many bytes are large files, whatever their name.") var regularLimit =
        10 << 20

    func run() async throws {
        let temporary = FileManager.default.temporaryDirectory.appendingPathComponent(
            "loopback-hub-\(UUID())"
        ).path
        defer { if data == nil { try? FileManager.default.removeItem(atPath: temporary) } }
        let world = World(
            settings: .init(
                partSize: max(1, partSize), multipartThreshold: multipartThreshold, regularLimit: regularLimit
            ))
        let store = try ObjectStore(directory: data ?? temporary)
        let signatures = Signatures()
        let records = Records()
        let addresses = Addresses()

        let hub = HubRoutes(
            world: world, store: store, signatures: signatures, hub: { await addresses.url(.hub) },
            storage: { await addresses.url(.storage) })
        let storage = StorageRoutes(store: store, signatures: signatures)
        let control = ControlRoutes(world: world, store: store, records: records)
        let fronts: [(ServerName, String, Int, @Sendable (Exchange) async throws -> Reply)] = [
            (.hub, "127.0.0.1", port, hub.answer),
            (.storage, storageHost, storagePort, storage.answer),
            (.control, "127.0.0.1", controlPort, control.answer),
            (.elsewhere, "127.0.0.1", elsewherePort, { _ in .text("elsewhere") }),
        ]
        var services: [any Service] = []
        for (name, host, port, routes) in fronts {
            let front = Front(server: name, world: world, records: records, routes: routes)
            let listener = try Listener(front, host: host, port: port)
            await addresses.set(name, host: host, port: listener.port)
            services.append(listener.service)
        }
        services.append(Announcement(addresses: addresses, readyFile: readyFile))

        var logger = Logger(label: "loopback-hub")
        logger.logLevel = .critical
        try await ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [], cancellationSignals: [.sigterm, .sigint],
                logger: logger)
        ).run()
    }
}
