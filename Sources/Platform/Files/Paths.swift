/// Paths as text: enough for joining names, no normalisation.
extension String {
    /// This directory's entry of the given name.
    package func appendingComponent(_ name: String) -> String {
        isEmpty ? name : utf8.last == UInt8(ascii: "/") ? self + name : self + "/" + name
    }

    /// The path without trailing slashes, except for the root.
    package var withoutTrailingSlashes: String {
        var text = Substring(self)
        while text.utf8.count > 1, text.utf8.last == UInt8(ascii: "/") { text.removeLast() }
        return String(text)
    }

    /// The last component of the path.
    package var lastComponent: String {
        let text = withoutTrailingSlashes
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return text }
        return String(text[text.utf8.index(after: slash)...])
    }

    /// The directory that holds what this path names, "." for a bare name.
    package var parentDirectory: String {
        let text = withoutTrailingSlashes
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == text.startIndex ? "/" : String(text[..<slash]).withoutTrailingSlashes
    }
}

/// Paths as the system resolves them.
package enum RealPath {
    /// The absolute path without symbolic links; the path itself where it cannot be resolved.
    package static func of(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path.withoutTrailingSlashes }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The absolute path of something that need not exist in a directory that does.
    package static func ofNew(_ path: String) -> String {
        of(path.parentDirectory).appendingComponent(path.lastComponent)
    }
}

/// Names of files inside a directory.
package enum FileName {
    /// Whether a name denotes an entry of the directory itself and nothing else.
    package static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && name != "." && name != ".."
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }
    }
}
