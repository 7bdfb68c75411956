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

/// Paths as people write them in files and variables, where no shell expands them.
package enum WrittenPath {
    /// The path with `~`, `~name`, `$NAME` and `${NAME}` replaced, as Python's `expanduser` and `expandvars` do.
    ///
    /// What is not known stays as it is.
    package static func expanded(_ path: String, in environment: (String) -> String?) -> String {
        variablesExpanded(homeExpanded(path, environment), environment)
    }

    /// The name of a variable in a path that is not set; nil when there is none.
    package static func unknownVariable(in path: String, _ environment: (String) -> String?) -> String? {
        var unknown: String?
        _ = variablesExpanded(path) { name in
            if let value = environment(name) { return value }
            unknown = unknown ?? name
            return nil
        }
        return unknown
    }

    private static func homeExpanded(_ path: String, _ environment: (String) -> String?) -> String {
        guard path.hasPrefix("~") else { return path }
        let name = path.dropFirst().prefix { $0 != "/" }
        let rest = path.dropFirst(1 + name.count)
        let home: String?
        if name.isEmpty {
            home = environment("HOME") ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
        } else {
            home = getpwnam(String(name)).map { String(cString: $0.pointee.pw_dir) }
        }
        return home.map { $0.withoutTrailingSlashes + rest } ?? path
    }

    private static func variablesExpanded(_ path: String, _ environment: (String) -> String?) -> String {
        var result = ""
        var rest = Substring(path)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            let isBraced = rest.dropFirst().first == "{"
            let body = rest.dropFirst(isBraced ? 2 : 1)
            let name =
                isBraced
                ? body.prefix { $0 != "}" }
                : body.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            let end =
                isBraced && name.endIndex < body.endIndex ? body.index(after: name.endIndex) : name.endIndex
            if !name.isEmpty, !isBraced || name.endIndex < body.endIndex,
                let value = environment(String(name))
            {
                result += value
            } else {
                result += rest[..<end]
            }
            rest = rest[end...]
        }
        return result + rest
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
