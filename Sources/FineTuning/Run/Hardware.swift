import Platform

/// A description of the machine that does not identify its owner.
enum Hardware {
    /// The processor's name and the number of cores.
    static var name: String {
        let count = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let cores = count > 0 ? ", \(count) cores" : ""
        return (processor ?? architecture) + cores
    }

    private static var processor: String? {
        #if canImport(Darwin)
            var size = 0
            guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 1 else {
                return nil
            }
            var text = [UInt8](repeating: 0, count: size)
            guard sysctlbyname("machdep.cpu.brand_string", &text, &size, nil, 0) == 0 else { return nil }
            return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        #else
            guard let file = fopen("/proc/cpuinfo", "r") else { return nil }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 4096)
            while fgets(&line, Int32(line.count), file) != nil {
                let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
                let name = text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace)
                    .joined(separator: " ")
                return name.isEmpty ? nil : name
            }
            return nil
        #endif
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86-64"
        #elseif arch(arm64)
            "arm64"
        #else
            "processor"
        #endif
    }
}
