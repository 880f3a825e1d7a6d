internal import Glibc
internal import ServiceKit

/// The shipped recordings.
enum SampleFiles {
    /// Put before their sources: `sample-binance` is nothing that Binance says now.
    static let sourcePrefix = "sample-"

    /// The recordings in it, sorted; empty when there is no such folder.
    static func find() -> [String] {
        for folder in ShippedConfig.candidates("sample") {
            let names = entries(of: folder).filter { $0.hasSuffix(".txt") || $0.hasSuffix(".jsonl") }
            if !names.isEmpty { return names.sorted().map { "\(folder)/\($0)" } }
        }
        return []
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
