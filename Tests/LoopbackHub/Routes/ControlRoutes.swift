import Crypto
import Foundation

/// What the tests use to arrange faults and to see what happened. Never part of what a client talks to.
struct ControlRoutes: Sendable {
    let world: World
    let store: ObjectStore
    let records: Records

    func answer(_ exchange: Exchange) async throws -> Reply {
        let path = exchange.path
        switch (exchange.method, path.first, path.count) {
        case ("GET", nil, _):
            return .text("loopback-hub control\n")
        case ("POST", "reset", 1):
            await world.reset()
            await store.clear()
            records.clear()
        case ("POST", "faults", 1):
            return try await addFaults(exchange)
        case ("GET", "faults", 1):
            return .json(.array(await world.faultHits))
        case ("DELETE", "faults", 1):
            await world.clearFaults()
        case ("GET", "requests", 1):
            return .json(.array(records.all.filter { $0.server != .control }.map(\.json)))
        case ("DELETE", "requests", 1):
            records.clear()
        case ("POST", "tokens", 1):
            try await setToken(exchange)
        case ("POST", "repos", 1):
            return try await plant(exchange)
        case ("GET", "repos", 3):
            return try await show(path[1] + "/" + path[2])
        case ("POST", "config", 1):
            try await configure(exchange)
        case ("GET", "state", 1):
            return .json([
                "objects": .array(await store.objects.keys.sorted().map { .string($0) }),
                "uploads": .integer(await store.uploads.count),
                "repos": .array(await world.repositories.keys.sorted().map { .string($0) }),
            ])
        default:
            throw Refusal(404, "no such control")
        }
        return .json(["ok": true])
    }

    private func addFaults(_ exchange: Exchange) async throws -> Reply {
        let body = Data(try await exchange.body())
        let decoder = JSONDecoder()
        var ids: [JSON] = []
        do {
            let faults =
                try (try? decoder.decode([Fault].self, from: body)) ?? [
                    decoder.decode(Fault.self, from: body)
                ]
            for fault in faults { ids.append(.integer(try await world.add(fault))) }
        } catch let error as DecodingError {
            throw Refusal(400, "not a fault: \(error)")
        }
        return .json(["ids": .array(ids)])
    }

    private func setToken(_ exchange: Exchange) async throws {
        let body = try await exchange.object()
        guard let token = body["token"]?.string else { throw Refusal(400, "\"token\" is required") }
        let old = await world.accounts.tokens[token]
        let role = body["role"]?.string
        await world.set(
            token: token,
            to: Accounts.Token(
                name: body["name"]?.string ?? old?.name ?? token,
                user: body["user"]?.string ?? old?.user ?? "me",
                canWrite: role.map { $0 == "write" } ?? old?.canWrite ?? true,
                isRevoked: body["revoked"]?.bool ?? old?.isRevoked ?? false))
    }

    private func configure(_ exchange: Exchange) async throws {
        let body = try await exchange.object()
        let known: Set = [
            "rateLimit", "partSize", "multipartThreshold", "regularLimit", "verify", "pageSize",
            "signedSeconds",
        ]
        if let unknown = body.keys.first(where: { !known.contains($0) }) {
            throw Refusal(400, "unknown setting \"\(unknown)\"")
        }
        await world.configure { settings in
            if let limit = body["rateLimit"] {
                settings.rateLimit = limit[key: "requests"]?.integer.map {
                    ($0, limit[key: "seconds"]?.integer ?? 1)
                }
            }
            if let value = body["partSize"]?.integer { settings.partSize = max(1, value) }
            if let value = body["multipartThreshold"]?.integer { settings.multipartThreshold = value }
            if let value = body["regularLimit"]?.integer { settings.regularLimit = value }
            if let value = body["verify"]?.bool { settings.offersVerify = value }
            if let value = body["pageSize"]?.integer { settings.pageSize = max(1, value) }
            if let value = body["signedSeconds"]?.integer { settings.signedSeconds = value }
        }
    }

    /// Puts a commit into a repository without any of the checks of the Hub.
    private func plant(_ exchange: Exchange) async throws -> Reply {
        let body = try await exchange.object()
        guard let id = body["id"]?.string else { throw Refusal(400, "\"id\" is required") }
        if await world.repositories[id] == nil {
            _ = await world.create(id, isPrivate: false, author: String(id.prefix { $0 != "/" }))
        }
        if let isPrivate = body["private"]?.bool { try await world.update(id) { $0.isPrivate = isPrivate } }
        let number = await world.repositories[id]?.number ?? 0
        let small = try Self.contents(body["files"])
        var large: [String: Repository.Entry] = [:]
        for (path, content) in try Self.contents(body["lfs"]) {
            let file = store.newPath()
            try Data(content).write(to: URL(fileURLWithPath: file))
            large[path] = try await keep(file, repository: number)
        }
        for (path, original) in body["lfsFiles"]?.object ?? [:] {
            let file = store.newPath()
            try FileManager.default.copyItem(atPath: original.string ?? "", toPath: file)
            large[path] = try await keep(file, repository: number)
        }
        let title = body["message"]?.string ?? "planted"
        let oid = try await world.update(id) { [large] repository in
            let head = try repository.resolve("main")
            var tree = head.tree.merging(large) { $1 }
            for (path, content) in small { tree[path] = repository.add(blob: content) }
            let oid = repository.commit(
                tree: tree, parent: head.oid, title: title, message: "", author: repository.namespace)
            repository.branches["main"] = oid
            return oid
        }
        return .json(["commit": .string(oid)])
    }

    /// Takes a file into the object store under the hash of its content.
    private func keep(_ file: String, repository: Int) async throws -> Repository.Entry {
        let oid = try ObjectStore.sha256(path: file)
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        await store.put(
            .init(path: file, size: size, sha256: oid, etag: "\"\(oid.prefix(32))\""),
            key: "\(repository)/\(oid)")
        return .large(oid: oid, size: size)
    }

    private static func contents(_ files: JSON?) throws -> [String: [UInt8]] {
        try (files?.object ?? [:]).mapValues { value in
            guard let data = value.string.flatMap({ Data(base64Encoded: $0) }) else {
                throw Refusal(400, "files must be base64")
            }
            return Array(data)
        }
    }

    private func show(_ id: String) async throws -> Reply {
        guard let repository = await world.repositories[id] else { throw Refusal(404, "no such repository") }
        let head = try repository.resolve("main")
        var files: [String: JSON] = [:]
        for (path, entry) in head.tree {
            switch entry {
            case .regular(let blob, let size):
                let content = repository.blobs[blob] ?? []
                files[path] = [
                    "kind": "regular", "oid": .string(blob), "size": .integer(size),
                    "sha256": .string(hex(SHA256.hash(data: content))),
                ]
            case .large(let oid, let size):
                files[path] = [
                    "kind": "lfs", "oid": .string(oid), "size": .integer(size), "sha256": .string(oid),
                ]
            }
        }
        return .json([
            "private": .bool(repository.isPrivate),
            "branches": .object(repository.branches.mapValues(JSON.string)),
            "tags": .object(repository.tags.mapValues(JSON.string)), "number": .integer(repository.number),
            "commits": .array(repository.history(of: head).map { .string($0.oid) }), "files": .object(files),
        ])
    }
}
