import Platform

/// The states that a file system may have on disk after a power failure, replayed over recorded operations.
///
/// The content of a file is durable once it was synchronized; later writes may be there, missing, cut anywhere, or
/// zeros. Names are durable once their directory was synchronized. Before that any number of the latest changes to a
/// directory may be lost, but, as in a journal, an earlier change is not lost if a later one is kept. Directories
/// lose their changes independently of each other.
public struct PowerLossModel {
    private enum Node {
        case file(File)
        case directory(Folder)
    }

    private struct File {
        var durable: [UInt8]?
        var content: [UInt8] = []
    }

    private struct Folder {
        var durable: [String: Int] = [:]
        var pending: [Change] = []
        var entries: [String: Int] { pending.reduce(durable) { $1.applied(to: $0) } }
    }

    private enum Change {
        case add(String, Int)
        case remove(String)
        case rename(String, String)
        case exchange(String, String)

        func applied(to entries: [String: Int]) -> [String: Int] {
            var entries = entries
            switch self {
            case .add(let name, let node): entries[name] = node
            case .remove(let name): entries[name] = nil
            case .rename(let old, let new):
                entries[new] = entries[old]
                entries[old] = nil
            case .exchange(let first, let second):
                let node = entries[first]
                entries[first] = entries[second]
                entries[second] = node
            }
            return entries
        }
    }

    private let root: String
    private var nodes: [Node] = [.directory(Folder())]

    /// A model that begins with what is on disk below a directory, all of it durable.
    public init(root: String) throws {
        self.root = root
        try load(root, into: 0)
    }

    private mutating func load(_ path: String, into directory: Int) throws {
        var entries: [String: Int] = [:]
        for name in try Directory.names(in: path) {
            let child = path.appendingComponent(name)
            if try FileStatus.of(child, followingLinks: false)?.kind == .directory {
                nodes.append(.directory(Folder()))
                entries[name] = nodes.count - 1
                try load(child, into: nodes.count - 1)
            } else {
                let content = try MappedFile(path: child).withUnsafeBytes { Array($0) }
                nodes.append(.file(File(durable: content, content: content)))
                entries[name] = nodes.count - 1
            }
        }
        nodes[directory] = .directory(Folder(durable: entries))
    }

    /// Replays an operation that was carried out.
    public mutating func apply(_ operation: FaultInjectingFileSystem.Operation) {
        switch operation {
        case .create(let path):
            nodes.append(.file(File()))
            change(path, .add(path.lastComponent, nodes.count - 1))
        case .openForAppending(let path):
            guard node(path) == nil else { return }
            nodes.append(.file(File()))
            change(path, .add(path.lastComponent, nodes.count - 1))
        case .write(let path, let bytes): withFile(path) { $0.content += bytes }
        case .truncate(let path, let size):
            withFile(path) { file in
                let kept = file.content.prefix(size)
                file.content = kept + [UInt8](repeating: 0, count: size - kept.count)
            }
        case .synchronize(let path): withFile(path) { $0.durable = $0.content }
        case .makeDirectory(let path):
            nodes.append(.directory(Folder()))
            change(path, .add(path.lastComponent, nodes.count - 1))
        case .synchronizeDirectory(let path):
            guard let number = node(path), case .directory(var folder) = nodes[number] else { return }
            folder = Folder(durable: folder.entries)
            nodes[number] = .directory(folder)
        case .rename(let source, let destination):
            change(destination, .rename(source.lastComponent, destination.lastComponent))
        case .exchange(let first, let second):
            change(second, .exchange(first.lastComponent, second.lastComponent))
        case .removeFile(let path), .removeDirectory(let path): change(path, .remove(path.lastComponent))
        case .close, .freeSpace: break
        }
    }

    /// Writes one of the possible states after a power failure at this point into an empty directory.
    public func materialize(in directory: String, using random: inout SeededRandom) throws {
        try materialize(0, at: directory, using: &random)
    }

    private func materialize(_ number: Int, at path: String, using random: inout SeededRandom) throws {
        let disk = DiskFileSystem()
        switch nodes[number] {
        case .directory(let folder):
            if number != 0 { try disk.makeDirectory(path) }
            let kept = Int.random(in: 0...folder.pending.count, using: &random)
            let entries = folder.pending[..<kept].reduce(folder.durable) { $1.applied(to: $0) }
            for (name, child) in entries.sorted(by: { $0.key < $1.key }) {
                try materialize(child, at: path.appendingComponent(name), using: &random)
            }
        case .file(let file):
            let open = try disk.create(path)
            try surviving(file, using: &random).withUnsafeBytes { try disk.writeAll($0, to: open) }
            try disk.close(open)
        }
    }

    private func surviving(_ file: File, using random: inout SeededRandom) -> [UInt8] {
        if let durable = file.durable, durable == file.content { return durable }
        // Appending does not change the earlier content.
        let durable = file.durable ?? []
        let sure = file.content.starts(with: durable) ? durable.count : 0
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return durable
        case 1: return file.content
        case 2: return Array(file.content.prefix(Int.random(in: sure...file.content.count, using: &random)))
        default: return file.content.prefix(sure) + [UInt8](repeating: 0, count: file.content.count - sure)
        }
    }

    // MARK: - Paths

    private func node(_ path: String) -> Int? {
        guard path != root else { return 0 }
        guard let parent = node(path.parentDirectory), case .directory(let folder) = nodes[parent] else {
            return nil
        }
        return folder.entries[path.lastComponent]
    }

    private mutating func change(_ path: String, _ change: Change) {
        guard let parent = node(path.parentDirectory), case .directory(var folder) = nodes[parent] else {
            return
        }
        folder.pending.append(change)
        nodes[parent] = .directory(folder)
    }

    private mutating func withFile(_ path: String, _ body: (inout File) -> Void) {
        guard let number = node(path), case .file(var file) = nodes[number] else { return }
        body(&file)
        nodes[number] = .file(file)
    }
}
