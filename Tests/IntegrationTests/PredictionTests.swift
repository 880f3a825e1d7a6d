import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("Predictions, from recorded ticks to the store", .serialized, .waiting)
struct PredictionTests {
    private static let start: Int64 = 1_763_683_200_000
    private static let hourMs: Int64 = 3_600_000

    /// Made-up trades of two series, each every two seconds or so, never two in one millisecond: the price mostly follows the side before.
    private static func ticks(hours: Range<Int64>) -> [Tick] {
        var random = SplitMix64(seed: UInt64(hours.lowerBound) + 1)
        var ticks: [Tick] = []
        for symbol in ["BTC-USD", "ETH-USD"] {
            var price = 1000.0
            var isBuy = true
            for time in stride(from: hours.lowerBound * hourMs, to: hours.upperBound * hourMs, by: 2_000) {
                let isUp = Int.random(in: 0..<10, using: &random) < 7 ? isBuy : !isBuy
                price = min(max(price + (isUp ? 1 : -1) * Double(Int.random(in: 0...4, using: &random)) / 4, 900), 1100)
                isBuy = Bool.random(using: &random)
                let at = start + time + Int64.random(in: 0..<2_000, using: &random)
                let trade = Tick.Trade(
                    tradeID: "\(time)", price: price, quantity: Double.random(in: 0.1...2, using: &random),
                    side: isBuy ? .buy : .sell)
                ticks.append(
                    Tick(
                        series: Series(source: "made", symbol: symbol), kind: .trade(trade), eventTime: at,
                        ingestTime: at + 40))
            }
        }
        return ticks.sorted { $0.eventTime < $1.eventTime }
    }

    private static func write(_ ticks: [Tick], to file: String, in folder: URL) throws {
        let lines = ticks.map { String(decoding: $0.encoded(), as: UTF8.self) + "\n" }.joined()
        try Data(lines.utf8).write(to: folder.appendingPathComponent(file))
    }

    private func run(_ service: String, _ words: String, in folder: URL) throws -> String {
        let arguments = words.split(separator: " ").map(String.init)
        let result = try ChildProcess.service(service, arguments, in: folder).wait(seconds: 60)
        try #require(result.status == 0, "\(service) \(words): \(result.errors.suffix(800))")
        return result.output
    }

    private static let replay = "--source replay --speed max --http 127.0.0.1:0"

    /// Trains on two hours, and replays the hour behind them with the model.
    private func predictedHour() throws -> (folder: URL, summary: String) {
        let folder = try Servers.freshFolder()
        try PredictionTests.write(PredictionTests.ticks(hours: 0..<2), to: "learn.jsonl", in: folder)
        try PredictionTests.write(PredictionTests.ticks(hours: 2..<3), to: "hour.jsonl", in: folder)
        _ = try run("pipeline", "\(PredictionTests.replay) --file learn.jsonl --store sqlite:learn.db", in: folder)
        let training = "--preset direction --from sqlite:learn.db --models models --trees 10 --evaluate none"
        _ = try run("trainer", training, in: folder)
        // What was learnt from comes again, and is not predicted.
        try PredictionTests.write(PredictionTests.ticks(hours: 1..<2), to: "again.jsonl", in: folder)
        let words = "\(PredictionTests.replay) --file again.jsonl hour.jsonl --store sqlite:hour.db --models models"
        return (folder, try run("pipeline", words, in: folder))
    }

    private func rows(_ sql: String, in folder: URL) throws -> [[String]] {
        try ChildProcess.run("sqlite3", ["-readonly", "-separator", "|", "hour.db", sql], in: folder)
            .split(separator: "\n").map { $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }
    }

    @Test("of an hour of trades each is predicted once and joined, and the scores are what SQL makes of both")
    func hour() throws {
        let (folder, summary) = try predictedHour()
        defer { Servers.remove(folder) }
        let trades = PredictionTests.ticks(hours: 2..<3).count
        #expect(trades == 3_600)
        // The last of what was recorded had no trade behind it, so that nothing was learnt of it: it is predicted, too.
        let written = try #require(Int(rows("SELECT count(*) FROM predictions", in: folder)[0][0]))
        #expect((trades...trades + 4).contains(written))
        for words in ["predictions\n  written             \(written)", "predictions         \(written)"] {
            #expect(summary.contains(words), "\(summary)")
        }
        let since = PredictionTests.start + 2 * PredictionTests.hourMs
        let joined = try rows(
            """
            SELECT count(*), count(DISTINCT _id), sum(prediction IS NOT NULL), sum((probability > 0.5) = prediction),
                min(model || version), max(model || version)
            FROM ticks_with_predictions WHERE event_time >= \(since);
            SELECT count(*) > 3000, sum(prediction IS NOT NULL) FROM ticks_with_predictions WHERE event_time < \(since - 10_000);
            """, in: folder)
        let all = "\(trades)"
        #expect(joined == [[all, all, all, all, "direction1", "direction1"], ["1", "0"]])
        try compareScores(in: folder)
    }

    /// Holds the scores against the same numbers by SQL: a prediction is decided by the next trade of its series, a minute at most behind it.
    private func compareScores(in folder: URL) throws {
        let own = try rows(
            """
            WITH next AS (
                SELECT source, symbol, prediction, probability AS p, event_time, price,
                    lead(price) OVER series AS next_price, lead(event_time) OVER series AS next_time
                FROM ticks_with_predictions WHERE prediction IS NOT NULL
                WINDOW series AS (PARTITION BY source, symbol ORDER BY event_time)),
            decided AS (
                SELECT *, next_price > price AS y, next_time / 60000 * 60000 + 60000 AS as_of FROM next
                WHERE next_time - event_time <= 60000)
            SELECT symbol, as_of, count(*), sum(y), avg(prediction = y), avg((p - y) * (p - y)),
                avg(-ln(CASE WHEN y THEN p ELSE 1 - p END)) FROM decided GROUP BY symbol, as_of ORDER BY symbol, as_of
            """, in: folder)
        let scores = try rows(
            """
            SELECT symbol, as_of, count, decided_up, accuracy, brier, log_loss FROM scores ORDER BY symbol, as_of
            """, in: folder)
        // The last minutes are open when the replay ends.
        #expect(scores.count >= 2 * 58)
        let wanted = Dictionary(uniqueKeysWithValues: own.map { ("\($0[0]) \($0[1])", $0) })
        for score in scores {
            let other = try #require(wanted["\(score[0]) \(score[1])"], "\(score)")
            #expect(score[2...3] == other[2...3], "\(score) and \(other)")
            for i in 4...6 {
                let (a, b) = (try #require(Double(score[i])), try #require(Double(other[i])))
                // The same sums in another order.
                #expect(abs(a - b) < 1e-9, "\(score) and \(other)")
            }
        }
    }

    @Test("without a model pipeline runs, is ready and waits for one, which it takes up")
    func waits() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        try PredictionTests.write(PredictionTests.ticks(hours: 0..<2), to: "learn.jsonl", in: folder)
        // Faster than a reader that stands still would let it.
        let words = "\(PredictionTests.replay) --file learn.jsonl --store sqlite:learn.db --models models"
        let summary = try run("pipeline", words, in: folder)
        #expect(summary.contains("ticks               7200") && summary.contains("written             0"), "\(summary)")
        let live = try ChildProcess.service(
            "pipeline",
            "--source synthetic --rate 50 --symbols BTC --store sqlite:live.db --http 127.0.0.1:0 --models models"
                .split(separator: " ").map(String.init), in: folder)
        defer { live.signal(SIGKILL) }
        try #require(waitUntil(seconds: 30) { live.errorsSoFar.contains("http=http") })
        let address = String(live.errorsSoFar.components(separatedBy: "http=")[1].prefix { !$0.isWhitespace })
        func get(_ words: [String]) throws -> String { try ChildProcess.run("curl", ["-s"] + words, in: folder) }
        #expect(waitUntil(seconds: 20) { (try? get(["-f", "\(address)/health/ready"])) != nil })
        let row = ["\(address)/predict", "-d", #"{"price":1,"quantity":2,"is_buy":1}"#]
        #expect(try get(row).contains("trainer"), "who asks is told how a model is made")
        func count(_ sql: String) throws -> Int {
            let text = try ChildProcess.run("sqlite3", ["-readonly", "live.db", sql], in: folder)
            return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        }
        #expect(try waitUntil(seconds: 60) { try count("SELECT count(*) FROM ticks WHERE kind = 'trade'") > 300 })
        #expect(try count("SELECT count(*) FROM predictions") == 0)
        let training = "--preset direction --from sqlite:live.db --models models --trees 5 --evaluate none"
        _ = try run("trainer", training, in: folder)
        #expect(try waitUntil(seconds: 10) { try get(row).contains(#""model":"direction","version":1"#) })
        // The stream takes it up, too, and predicts what comes behind that which it learned from.
        #expect(try waitUntil(seconds: 30) { try count("SELECT count(*) FROM predictions") > 50 })
        #expect(try get(["\(address)/health/live"]).contains(#""model":"direction:1""#))
        let model = try JSONSerialization.jsonObject(with: Data(get(["\(address)/model"]).utf8)) as? [String: Any]
        let until = try #require((model?["training"] as? [String: Any])?["until"] as? Int)
        #expect(try count("SELECT count(*) FROM predictions WHERE event_time <= \(until)") == 0)
        live.signal(SIGTERM)
        #expect(try live.wait(seconds: 15).status == 0)
    }
}
