import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("windows are those that Apache Spark's window() gives, tumbling and sliding", .serialized)
struct SparkTests {
    /// A Python with pyspark, and Java beside it.
    private static let python = ProcessInfo.processInfo.environment["CRYPTO_SPARK_PYTHON"].flatMap {
        $0.isEmpty ? nil : $0
    }
    private static let noSpark: Comment =
        "skipped: no Python with pyspark (CRYPTO_SPARK_PYTHON); deploy/test --full makes one"
    private static let recording = "data/binance/ws-spot-btcusdt-trade-20240808T2354-20240809T0005.txt.gz"
    private static let tests = SharedData.packageRoot.appendingPathComponent("Tests/CryptoCoreTests")
    private static let fixtures = tests.appendingPathComponent("Fixtures/spark")

    @Test("of the committed ticks, as the committed answer of Spark has them")
    func committed() throws {
        let ticks = try lines(of: SparkTests.fixtures.appendingPathComponent("ticks.jsonl"))
        let answer = try lines(of: SparkTests.fixtures.appendingPathComponent("windows.jsonl"))
        let (ours, counts) = try windows(of: ticks)
        let found = try differences(ours, answer)
        #expect(found == [])

        // The set has what it is for.
        let records = try answer.map { try $0.jsonObject() }
        #expect(records.count == 147)
        #expect(Set(records.map { "\($0["source"] ?? "")" }) == ["venue", "old", "prices", "binance"])
        #expect(records.contains { ($0["window_start"] as? Int ?? 0) < 0 && ($0["window_end"] as? Int ?? 0) > 0 })
        #expect(records.contains { $0["vwap"] is NSNull } && records.contains { $0["vwap"] is NSNumber })
        #expect(counts.duplicates > 5 && counts.blockTrades > 0 && counts.gaps > 0 && counts.deadLetters == 0)
        let tumbling = records.filter { $0["type"] as? String == "tumbling" }
        #expect(tumbling.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == Int(counts.counted))
    }

    @Test(
        "Spark gives the committed answer again, for the ticks that the scripts make again",
        .enabled(if: python != nil, noSpark))
    func anew() throws {
        let committed = try lines(of: SparkTests.fixtures.appendingPathComponent("ticks.jsonl"))
        let made = try run("ticks.py", ["--orderly", "7", "--count", "330"])
        let sample = SharedData.packageRoot.appendingPathComponent("config/sample/binance-spot-btcusdt-20230405.txt")
        let recorded = try run("ticks.py", [sample.path])
        #expect(made + recorded[560..<760] == committed)
        let answer = try lines(of: SparkTests.fixtures.appendingPathComponent("windows.jsonl"))
        let found = try differences(spark(committed), answer)
        #expect(found == [])
    }

    @Test(
        "of a recording", .enabled(if: python != nil, noSpark),
        .enabled(if: SharedData.isPresent, Reference.noRecordings), arguments: [10_000, 1_000] as [Int64])
    func recorded(slide: Int64) throws {
        let ticks = try run("ticks.py", [SharedData.file(SparkTests.recording).path])
        let (ours, counts) = try windows(of: ticks, slide: slide)
        #expect(counts.counted > 19_000 && counts.late == 0)
        let found = try differences(ours, spark(ticks, slide: slide))
        #expect(found == [])
    }

    // MARK: Both sides

    /// Ours; what the data leave open the clock closes.
    private func windows(of ticks: [String], slide: Int64 = 10_000) throws -> (texts: [String], counts: TickCounts) {
        var partition = VirtualPartition(WindowConfiguration(slide: slide), now: QuietSeriesTests.clock)
        for tick in ticks { partition.add(Array(tick.utf8), key: try Reference.key(of: Array(tick.utf8))) }
        partition.now += 86_400_000
        partition.ended()
        return (partition.output.texts(of: .tumbling) + partition.output.texts(of: .sliding), partition.counts)
    }

    private func spark(_ ticks: [String], slide: Int64 = 10_000) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("spark-\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data((ticks.joined(separator: "\n") + "\n").utf8).write(to: file)
        return try run("spark_windows.py", [file.path, "--slide-ms", "\(slide)"])
    }

    private func run(_ script: String, _ arguments: [String]) throws -> [String] {
        let path = SparkTests.tests.appendingPathComponent("Reference/\(script)").path
        return try ChildProcess.run(try #require(SparkTests.python), [path] + arguments, seconds: 600)
            .split(separator: "\n").map(String.init)
    }

    private func lines(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}
