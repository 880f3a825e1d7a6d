internal import Glibc
internal import ServiceKit

/// Where the shipped recordings lie: `config/sample` of the current folder, or of one above the program.
enum SampleFiles {
    /// The recordings in it, sorted; empty when there is no such folder.
    static func find() -> [String] {
        for folder in folders() {
            let names = entries(of: folder).filter { $0.hasSuffix(".txt") || $0.hasSuffix(".jsonl") }
            if !names.isEmpty { return names.sorted().map { "\(folder)/\($0)" } }
        }
        return []
    }

    private static func folders() -> [String] {
        var found = ["config/sample"]
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        guard count > 0 else { return found }
        var parts = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: "/")
        while parts.popLast() != nil { found.append("/" + parts.joined(separator: "/") + "/config/sample") }
        return found
    }

    private static func entries(of folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { raw in
                    String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}
