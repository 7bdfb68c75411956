import Foundation
import ServiceLifecycle

/// Where the listeners are, once they are bound.
actor Addresses {
    private var addresses: [ServerName: (host: String, port: Port)] = [:]

    func set(_ name: ServerName, host: String, port: Port) {
        addresses[name] = (host, port)
    }

    func url(_ name: ServerName) async -> String {
        guard let address = addresses[name] else { return "" }
        return "http://\(address.host):\(await address.port.get())"
    }
}

/// Says on standard output, and in a file, where everything is.
struct Announcement: Service {
    let addresses: Addresses
    let readyFile: String?

    func run() async throws {
        var line: [String: JSON] = [
            "pid": .integer(Int(ProcessInfo.processInfo.processIdentifier)),
            "tokens": [
                "owner": "hf_loopbackOwner", "readOnly": "hf_loopbackReadOnly",
                "foreign": "hf_loopbackForeign",
                "revoked": "hf_loopbackRevoked",
            ],
        ]
        for name in ServerName.allCases { line[name.rawValue] = .string(await addresses.url(name)) }
        let text = JSON.object(line).bytes + [UInt8(ascii: "\n")]
        FileHandle.standardOutput.write(Data(text))
        if let readyFile { try Data(text).write(to: URL(fileURLWithPath: readyFile), options: .atomic) }
        try? await gracefulShutdown()
    }
}
