import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("Predictions on a real Kafka", .serialized, .waiting)
struct PredictionStreamTests {
    static let start: Int64 = 1_763_683_200_000
    private static let hour: Int64 = 3_600_000

    /// Trades of three series over these hours, one each second or so: orders of several fills, some trades late, some twice.
    static func ticks(hours: Range<Int64>, seed: UInt64, latestMs: Int64 = 90_000) -> [Tick] {
        var random = SplitMix64(seed: seed)
        var ticks: [Tick] = []
        for number in 0..<3 {
            let series = Series(source: "made", symbol: "S\(number)-USD")
            var time = start + hours.lowerBound * hour, price = 1000.0, isBuy = true, id = 0
            while time < start + hours.upperBound * hour {
                time += Int.random(in: 0..<4, using: &random) == 0 ? 0 : Int64.random(in: 1...3_000, using: &random)
                price += (isBuy ? 1 : -1) * Double(Int.random(in: 0...4, using: &random)) / 4
                price = min(max(price, 900), 1100)
                if Int.random(in: 0..<3, using: &random) == 0 { isBuy.toggle() }
                id += 1
                let late =
                    Int.random(in: 0..<20, using: &random) == 0 ? Int64.random(in: 0...latestMs, using: &random) : 0
                let trade = Tick.Trade(
                    tradeID: "\(hours.lowerBound)-\(id)", price: price,
                    quantity: Double.random(in: 0.1...2, using: &random),
                    side: Int.random(in: 0..<50, using: &random) == 0 ? nil : isBuy ? .buy : .sell,
                    isBlockTrade: Int.random(in: 0..<100, using: &random) == 0)
                let tick = Tick(series: series, kind: .trade(trade), eventTime: time - late, ingestTime: time + 40)
                ticks.append(tick)
                if Int.random(in: 0..<50, using: &random) == 0 { ticks.append(tick) }
            }
        }
        return ticks
    }

    static func train(
        _ line: Line, _ preset: String, series: [String] = ["made:S0-USD", "made:S1-USD"]
    ) throws {
        let words =
            ["--preset", preset, "--from", "kafka", "--brokers", line.brokers, "--prefix", line.prefix, "--series"]
            + series + ["--evaluate", "none", "--trees", "15", "--models", "models"]
        let result = try ChildProcess.service("trainer", words, in: line.folder).wait(seconds: 60)
        try #require(result.status == 0, "\(result.errors.suffix(500))")
    }

    @Test(
        "an hour of trades behind the training range: every prediction and score, and what minutes add up to, is that of a script that reads topics and model files",
        .enabled(if: Servers.kafka != nil && Servers.python != nil))
    func recomputed() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        try line.send(PredictionStreamTests.ticks(hours: 0..<4, seed: 1))
        try PredictionStreamTests.train(line, "direction")
        try PredictionStreamTests.train(line, "horizon")
        try line.send(PredictionStreamTests.ticks(hours: 4..<5, seed: 2))
        let arguments = [
            "--models", "models", "--stream", "direction", "horizon", "--from", "beginning", "--idle-timeout", "0",
        ]
        let first = try line.start("inference", arguments)
        try #require(waitUntil(seconds: 60) { ((try? line.values("predictions").count) ?? 0) > 3_000 })
        // Ended in order and begun anew it goes on where it stood.
        first.signal(SIGTERM)
        #expect(try first.wait(seconds: 15).status == 0)
        let second = try line.start("inference", arguments)
        #expect(try waitForEnd(line))
        second.signal(SIGTERM)
        #expect(try second.wait(seconds: 15).status == 0)
        for topic in ["ticks", "predictions", "scores"] {
            let text = try line.values(topic).joined(separator: "\n")
            try Data(text.utf8).write(to: line.folder.appendingPathComponent("\(topic).jsonl"))
        }
        let script = SharedData.packageRoot.appendingPathComponent(
            "Tests/CryptoCoreTests/Reference/predictions_reference.py")
        let files =
            ["ticks.jsonl", "predictions.jsonl", "scores.jsonl"]
            + ["direction", "horizon"].map { "models/\($0)/1/model.bin" }
        let result = try ChildProcess(try #require(Servers.python), [script.path] + files, in: line.folder).wait(
            seconds: 120)
        #expect(result.status == 0, "\(result.errors.suffix(2_000))")
        let summary = try result.output.jsonObject()
        #expect(
            (summary["predictions"] as? Int ?? 0) > 3_000 && (summary["scores"] as? Int ?? 0) > 200
                && (summary["spans"] as? Int ?? 0) >= 8, "\(result.output)")
    }

    /// Waits until the inference has committed the end of the ticks.
    private func waitForEnd(_ line: Line) throws -> Bool {
        try waitUntil(seconds: 60) { try line.hasCommittedEnd(of: "ticks", group: "\(line.prefix)-inference") }
    }

    @Test(
        "a first start begins at the end, and from then on nothing is left out, nor what came while nobody ran",
        .enabled(if: Servers.kafka != nil))
    func firstStart() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        // Only one series at first: other partitions are empty when the service begins.
        let old = PredictionStreamTests.ticks(hours: 0..<2, seed: 1).filter { $0.series.symbol == "S0-USD" }
        try line.send(old)
        try PredictionStreamTests.train(line, "direction", series: ["made:S0-USD"])
        func run(_ work: () throws -> Void) throws {
            let service = try line.start("inference", ["--models", "models", "--idle-timeout", "0"])
            try #require(waitUntil(seconds: 60) { service.errorsSoFar.contains("partitions assigned") })
            try work()
            service.signal(SIGTERM)
            #expect(try service.wait(seconds: 15).status == 0)
        }
        try run {}
        #expect(try line.values("predictions").isEmpty)
        let new = (2..<4).map { hour in
            PredictionStreamTests.ticks(
                hours: Int64(hour)..<Int64(hour + 1), seed: UInt64(hour), latestMs: 3_000)
        }
        let wanted = Set(
            (new[0] + new[1]).compactMap { tick -> String? in
                guard tick.series.symbol == "S0-USD", case .trade(let trade) = tick.kind, !trade.isBlockTrade,
                    trade.side != nil
                else { return nil }
                return trade.tradeID
            })
        try line.send(new[0])
        try run {
            try line.send(new[1])
            try #require(
                waitUntil(seconds: 60) { ((try? line.values("predictions").count) ?? 0) >= wanted.count })
        }
        let predicted = try line.values("predictions").map {
            try Prediction(decoding: Array($0.utf8).span.bytes).tradeID ?? ""
        }
        #expect(wanted.count > 3_000 && predicted.count == wanted.count && Set(predicted) == wanted)
    }
}
