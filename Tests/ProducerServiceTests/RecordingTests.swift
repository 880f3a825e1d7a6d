import CryptoCore
import Foundation
import ProducerService
import ServiceKit
import ServiceRuntime
import TestSupport
import TestTraits
import Testing

@Suite("The producer records", .waiting)
struct RecordingTests {
    @Test(
        "what a live source sent replays to the same ticks, byte for byte", arguments: ["day.jsonl", "day.jsonl.gz"])
    func replays(name: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("record-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent(name).path
        let simulator = BybitSimulator(symbols: ["BTCUSDT", "ETHUSDT"], endings: [.stay], tradesEach: 200)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let live = try Bench([
            "--source", "bybit", "--symbols", "BTC", "ETH", "--endpoint", "bybit=\(server.url("/"))", "--record", path,
        ])
        live.start()
        #expect(waitUntil(seconds: 60) { simulator.isAtEnd })
        let happened = simulator.happened.count
        // The first frame, of one to three trades, comes before there is a connection.
        #expect(waitUntil(seconds: 60) { Int(live.report.counts["ticks"] ?? 0) >= happened - 3 })
        try live.finish()
        // The gaps of the start among them.
        let ticks = try live.read(atLeast: Int(live.report.counts["ticks"] ?? 0))
        let metrics = live.context.metrics.render()
        #expect(metrics.contains("cryptostream_producer_recording 1"))
        #expect(!metrics.contains("cryptostream_producer_recorded_lines_total 0"))

        let replay = try Bench(["--source", "replay", "--file", path, "--speed", "max"])
        replay.start()
        try replay.waitForEnd()
        #expect(replay.report.counts["ticks"] == UInt64(ticks.count))
        let again = try replay.read(atLeast: ticks.count)
        let isSame = Self.texts(again) == Self.texts(ticks)
        #expect(isSame)
    }

    /// The ticks of each series in order, byte for byte.
    private static func texts(_ ticks: [Tick]) -> [Series: [String]] {
        Dictionary(grouping: ticks, by: \.series).mapValues { ticks in
            ticks.map { String(decoding: $0.encoded(), as: UTF8.self) }
        }
    }

    @Test("a file that is no recording is a usage error, and stays as it is")
    func notOurs() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("notes-\(UUID().uuidString)")
        try Data("mine".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let bench = try Bench([
            "--source", "bybit", "--endpoint", "bybit=ws://127.0.0.1:1", "--record", file.path,
        ])
        bench.start()
        #expect(
            throws: UsageError(
                "--record \(file.path) exists and it holds something that is no recording: name another file or remove it"
            )
        ) { try bench.waitForEnd() }
        #expect(try Data(contentsOf: file) == Data("mine".utf8))
    }
}
