internal import Glibc

/// Where what the repository ships beside its programs may lie when one of them runs.
package enum ShippedConfig {
    /// Paths at which `name` (`coins.json`, `sample`) is looked for, in this order: `config/` here, then
    /// `../share/cryptostream` beside the program (as an image has it), then `config/` beside it or above (as a build has it).
    /// - Parameter path: where the repository has it; nil: in `config/`.
    package static func candidates(_ name: String, inTree path: String? = nil) -> [String] {
        let path = path ?? "config/\(name)"
        var found = [path]
        var folder = Substring(programFolder() ?? "")
        if !folder.isEmpty { found.append("\(folder)/../share/cryptostream/\(name)") }
        for _ in 0..<5 where !folder.isEmpty {
            found.append("\(folder)/\(path)")
            folder = folder.lastIndex(of: "/").map { folder[..<$0] } ?? ""
        }
        return found
    }

    private static func programFolder() -> String? {
        let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer -> String? in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/exe", base, buffer.count - 1)
            guard count > 0 else { return nil }
            buffer[count] = 0
            return String(cString: base)
        }
        return path.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
    }
}
