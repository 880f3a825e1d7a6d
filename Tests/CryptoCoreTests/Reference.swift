import CryptoCore
import Foundation
import TestSupport
import Testing

/// The window rules in Python with pandas (`Reference/`), run over tick records.
enum Reference {
    static let skipped: Comment = "skipped: no Python with pandas (CRYPTO_PYTHON); deploy/test makes one"
    static let noRecordings: Comment = "skipped: the recordings are not there (CRYPTO_SHARED)"

    /// `CRYPTO_PYTHON`, else the virtual environment that deploy/test made, else `python3`; nil where it has no pandas.
    static let python: String? = {
        let made = SharedData.packageRoot.appendingPathComponent(".build/venv/bin/python").path
        let named = ProcessInfo.processInfo.environment["CRYPTO_PYTHON"] ?? ""
        let found = !named.isEmpty ? named : FileManager.default.isExecutableFile(atPath: made) ? made : "python3"
        let result = try? ChildProcess(found, ["-c", "import pandas, talib"]).wait(seconds: 60)
        return result?.status == 0 ? found : nil
    }()

    static var isPresent: Bool { python != nil }

    /// What pandas makes of some ticks, and the ticks themselves.
    struct Answer {
        struct Counts: Decodable, Equatable {
            var deadletters: UInt64
            var block_trades: UInt64
            var duplicates: UInt64
            var late: UInt64
            var gaps: UInt64
            var counted: UInt64
        }

        /// Tick records in the order of their arrival.
        var ticks: [[UInt8]]
        /// Records as JSON texts, series by series, each in the order of emission.
        var tumbling: [String]
        var sliding: [String]
        var trends: [String]
        var late: [LateTick]
        var counts: Counts
    }

    /// - Parameter arguments: of ticks.py: a recording, or `--synthetic` and a seed.
    static func answer(_ arguments: [String], _ configuration: WindowConfiguration = WindowConfiguration()) throws
        -> Answer
    {
        let python = try #require(python)
        let scripts = SharedData.packageRoot.appendingPathComponent("Tests/CryptoCoreTests/Reference")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("windows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func run(_ script: String, _ arguments: [String]) throws -> String {
            let path = scripts.appendingPathComponent(script).path
            let result = try ChildProcess(python, [path] + arguments).wait(seconds: 300)
            try #require(result.status == 0, "\(script): \(result.errors)")
            return result.output
        }
        let ticks = folder.appendingPathComponent("ticks.jsonl")
        try Data(run("ticks.py", arguments).utf8).write(to: ticks)
        _ = try run(
            "windows_reference.py",
            [
                ticks.path, folder.path, "--lateness-ms", String(configuration.lateness), "--slide-ms",
                String(configuration.slide),
            ])
        func lines(_ name: String) throws -> [[UInt8]] {
            try Data(contentsOf: folder.appendingPathComponent(name)).split(separator: UInt8(ascii: "\n")).map {
                [UInt8]($0)
            }
        }
        return Answer(
            ticks: try lines("ticks.jsonl"),
            tumbling: try lines("tumbling.jsonl").map { String(decoding: $0, as: UTF8.self) },
            sliding: try lines("sliding.jsonl").map { String(decoding: $0, as: UTF8.self) },
            trends: try lines("trends.jsonl").map { String(decoding: $0, as: UTF8.self) },
            late: try lines("late.jsonl").map { try LateTick(decoding: $0.span.bytes) },
            counts: try JSONDecoder().decode(
                Answer.Counts.self, from: Data(contentsOf: folder.appendingPathComponent("summary.json"))))
    }

    /// The Kafka key that a producer gives this record: its source and symbol, whatever they are.
    static func key(of tick: [UInt8]) throws -> [UInt8] {
        // ticks.py writes them first, without escapes: {"source":"…","symbol":"…".
        let parts = tick.prefix(200).split(
            separator: UInt8(ascii: "\""), maxSplits: 8, omittingEmptySubsequences: false)
        try #require(parts.count == 9 && Array(parts[1]) == "source".bytes && Array(parts[5]) == "symbol".bytes)
        return parts[3] + ":".bytes + parts[7]
    }
}
