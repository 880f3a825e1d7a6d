internal import ServiceKit
internal import System

/// The shipped recordings.
enum SampleFiles {
    /// Put before their sources: `sample-binance` is nothing that Binance says now.
    static let sourcePrefix = "sample-"

    /// The recordings in it, sorted; empty when there is no such folder.
    static func find() -> [String] {
        for folder in ShippedConfig.candidates("sample") {
            let entries = (try? Directory.entries(folder)) ?? []
            let names = entries.filter { $0.hasSuffix(".txt") || $0.hasSuffix(".jsonl") }
            if !names.isEmpty { return names.sorted().map { "\(folder)/\($0)" } }
        }
        return []
    }
}
