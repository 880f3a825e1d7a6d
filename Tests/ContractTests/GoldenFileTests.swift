import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("every record's JSON is pinned, byte for byte", .serialized)
struct GoldenFileTests {
    static let folder = SharedData.packageRoot.appendingPathComponent("Tests/CryptoCoreTests/Fixtures/golden")

    @Test("we encode what the golden file holds", arguments: GoldenRecords.files.map(\.name))
    func encoded(name: String) throws {
        let file = GoldenFileTests.folder.appendingPathComponent("\(name).jsonl")
        let records = try #require(GoldenRecords.files.first { $0.name == name })
        let encoded = Data(records.lines.flatMap { $0 + [UInt8(ascii: "\n")] })
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: GoldenFileTests.folder, withIntermediateDirectories: true)
            try encoded.write(to: file)
        }
        let golden = try Data(contentsOf: file)
        let lines = zip(text(encoded), text(golden)).enumerated()
        for (number, (ours, pinned)) in lines { #expect(ours == pinned, "\(name).jsonl line \(number + 1)") }
        #expect(encoded == golden)
    }

    @Test("what we decode from the golden file is what was encoded")
    func decoded() throws {
        for (tick, line) in try zip(GoldenRecords.ticks, lines("tick")) {
            #expect(try Tick(decoding: line.span.bytes) == tick)
        }
        for (window, line) in try zip(GoldenRecords.windows, lines("window")) {
            #expect(try WindowAggregate(decoding: line.span.bytes) == window)
        }
        for (trend, line) in try zip(GoldenRecords.trends, lines("trend")) {
            #expect(try Trend(decoding: line.span.bytes) == trend)
        }
        for (record, line) in try zip(GoldenRecords.indicators, lines("indicators")) {
            #expect(try Indicators(decoding: line.span.bytes) == record)
        }
        for (prediction, line) in try zip(GoldenPredictions.predictions, lines("prediction")) {
            #expect(try Prediction(decoding: line.span.bytes) == prediction)
        }
        for (score, line) in try zip(GoldenPredictions.scores, lines("score")) {
            #expect(try Score(decoding: line.span.bytes) == score)
        }
        for (alert, line) in try zip(GoldenRecords.alerts, lines("alert")) {
            #expect(try Alert(decoding: line.span.bytes) == alert)
        }
        for (silence, line) in try zip(GoldenRecords.silences, lines("silence")) {
            #expect(try Silence(decoding: line.span.bytes) == silence)
        }
        for (late, line) in try zip(GoldenRecords.lateTicks, lines("late")) {
            #expect(try LateTick(decoding: line.span.bytes) == late)
        }
        for (letter, line) in try zip(GoldenRecords.deadLetters, lines("deadletter")) {
            let headers = try JSONDecoder().decode([String: String].self, from: Data(line))
            #expect(DeadLetter(headers: headers) == letter)
        }
    }

    private func lines(_ name: String) throws -> [[UInt8]] {
        let file = GoldenFileTests.folder.appendingPathComponent("\(name).jsonl")
        return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map { [UInt8]($0) }
    }

    private func text(_ data: Data) -> [String] {
        data.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
