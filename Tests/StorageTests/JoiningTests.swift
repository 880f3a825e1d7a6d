import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

/// What the default model says stands with each tick: in MongoDB in its document, in SQLite in a view.
@Suite("a tick and its prediction", .waiting)
struct JoiningTests {
    private static var backends: [Backend] { Backend.available.filter { $0 != .csv } }
    private static let bybit = Series(source: "bybit", symbol: "BTC-USDT")

    /// What stands with a tick.
    private struct Said: Equatable, CustomStringConvertible {
        var prediction: String?
        var probability: String?
        var model: String?
        var version: String?

        var description: String { "\(model ?? "-"):\(version ?? "-") \(probability ?? "-")" }
    }

    private func said(_ fixture: StoreFixture) throws -> [String: Said] {
        var found: [String: Said] = [:]
        if let mongo = fixture.mongo {
            for row in try mongo.documents("ticks") where row["timestamp"] != nil {
                let id = try #require(MongoReader.text(row["_id"]))
                found[id] = Said(
                    prediction: MongoReader.text(row["prediction"]), probability: MongoReader.text(row["probability"]),
                    model: MongoReader.text(row["model"]), version: MongoReader.text(row["version"]))
            }
            return found
        }
        let rows = try sqliteRows("\(fixture.folder)/store.db", "SELECT * FROM ticks_with_predictions")
        for row in rows {
            let id = try #require(row["_id"])
            #expect(found[id] == nil, "\(id) is there twice")
            found[id] = Said(
                prediction: row["prediction"], probability: row["probability"], model: row["model"],
                version: row["version"])
        }
        return found
    }

    /// Trades of the same milliseconds, quotes and gaps.
    private func ticks() -> [Tick] {
        let trades = (0..<30).map { Tick.trade("\($0)", at: noon + Int64($0 / 4)) }
        let quotes = (0..<10 as Range<Int64>).map { Tick.quote("coingecko:BTC-USD", at: noon + $0 * 1000) }
        let gap = Tick(
            series: Self.bybit, kind: .gap(Tick.Gap(from: noon - 9, to: noon, reason: "start")), eventTime: noon,
            ingestTime: noon)
        return trades + quotes + [gap]
    }

    /// What some models said of some of the ticks, and of minutes.
    private func predictions(_ random: inout SplitMix64) -> [Prediction] {
        var made: [Prediction] = []
        for tick in ticks() {
            for (model, version) in [("a", 1), ("a", 2), ("a", 10), ("b", 2), ("b", 9)] as [(String, Int64)] {
                guard Int.random(in: 0..<10, using: &random) < 4 else { continue }
                var prediction: Prediction
                switch tick.kind {
                case .gap: continue
                case .quote: prediction = .made(model, version, of: tick.series, .quote, at: tick.eventTime)
                case .trade(let trade):
                    prediction = .made(model, version, of: tick.series, .trade, at: tick.eventTime)
                    prediction.tradeID = trade.tradeID
                }
                prediction.probability = Double.random(in: 0...1, using: &random)
                prediction.prediction = prediction.probability > 0.5 ? 1 : 0
                prediction.isDefault = Int.random(in: 0..<10, using: &random) < 7
                prediction.isShadow = Int.random(in: 0..<10, using: &random) < 2
                made.append(prediction)
            }
        }
        return made + [.made("a", 99, .window, at: noon + 60_000)]
    }

    /// The rule, once more.
    private func expected(_ predictions: [Prediction]) -> [String: Said] {
        var best: [String: Prediction] = [:]
        for prediction in predictions where prediction.isDefault && !prediction.isShadow && prediction.kind != .window {
            let id =
                prediction.tradeID.map { "bybit:BTC-USDT:\($0)" }
                ?? "BTC_2025-11-21T10:00:\(String(format: "%02d", (prediction.eventTime - noon) / 1000))Z"
            if let old = best[id], (old.version, old.model) >= (prediction.version, prediction.model) { continue }
            best[id] = prediction
        }
        let ids =
            (0..<30).map { "bybit:BTC-USDT:\($0)" } + ["bybit:BTC-USDT:gap:\(noon - 9)"]
            + (0..<10).map { "BTC_2025-11-21T10:00:\(String(format: "%02d", $0))Z" }
        return Dictionary(
            uniqueKeysWithValues: ids.map { id in
                let one = best[id]
                return (
                    id,
                    Said(
                        prediction: one.map { "\($0.prediction)" }, probability: one.map { comparable($0.probability) },
                        model: one?.model, version: one.map { "\($0.version)" })
                )
            })
    }

    @Test(
        "each tick has what the default model's largest version said, whichever record came first and however often",
        arguments: backends, UInt64(1)...8)
    func anyOrder(backend: Backend, seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let predictions = predictions(&random)
        let records =
            ticks().enumerated().map { SourceRecord($1, offset: Int64($0)) }
            + predictions.enumerated().map { SourceRecord(.predictions, $1, offset: Int64($0)) }
        var order = (records + records).shuffled(using: &random)
        if seed == 1 { order = records }  // every tick first
        if seed == 2 { order = records.reversed() }
        let fixture = try StoreFixture(backend)
        let store = try fixture.open()
        var at = 0
        while at < order.count {
            let end = min(at + Int.random(in: 1...40, using: &random), order.count)
            try store.writeAll(RowBatch(order[at..<end]), now: noon)
            at = end
        }
        let found = try said(fixture), expected = expected(predictions)
        #expect(found.count == expected.count)
        for (id, wanted) in expected { #expect(found[id] == wanted, "\(id)") }
        // And each has all of its own.
        #expect(try fixture.content() == RowBatch(records).expectedContent())
    }

    @Test("rows that are taken are counted once, and what is set in another's document is none", arguments: backends)
    func counts(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let store = try fixture.open()
        let tick = SourceRecord(.trade("7"), offset: 0)
        let prediction = SourceRecord(.predictions, Prediction.made("m", 1, at: noon), offset: 0)
        for (records, taken) in [
            ([prediction], [0, 1]), ([tick], [1, 0]), ([tick, prediction], [0, 0]), ([prediction, tick], [0, 0]),
        ] {
            let outcome = try store.write(RowBatch(records), now: noon)
            #expect([Table.ticks, .predictions].map { outcome.taken[$0] ?? 0 } == taken)
            #expect(outcome.rejected.isEmpty)
        }
    }

    @Test(
        "a document that a prediction began has its time to live, keeps it, and is no tick for readers before the tick comes",
        .enabled(if: Backend.mongoURI != nil, "skipped: MONGODB_URI is not set"))
    func begun() throws {
        let fixture = try StoreFixture(.mongoDB)
        let store = try fixture.open(keepMs: 86_400_000)
        let reader = try StoreLocation(fixture.location).openReader()
        try store.writeAll(
            RowBatch([SourceRecord(.predictions, Prediction.made("m", 1, at: noon), offset: 0)]), now: noon + 1)
        var document = try #require(try fixture.mongo?.documents("ticks").first)
        #expect(Set(document.keys) == ["_id", "prediction", "probability", "model", "version", "inserted_at"])
        #expect(MongoReader.text(document["inserted_at"]) == "date \(noon + 1)")
        var query = try StoreQuery(.ticks, of: Self.bybit, columns: Table.ticks.allColumns)
        #expect(try reader.all(query).isEmpty)
        #expect(try reader.series(in: .ticks).isEmpty)
        #expect(try reader.buckets(BucketQuery(query, column: "price", widthMs: 60_000)).isEmpty)
        try store.writeAll(RowBatch([SourceRecord(.trade("7"), offset: 0)]), now: noon + 2)
        document = try #require(try fixture.mongo?.documents("ticks").first)
        #expect(MongoReader.text(document["inserted_at"]) == "date \(noon + 1)")
        #expect(MongoReader.text(document["timestamp"]) == "date \(noon)")
        #expect(MongoReader.text(document["value"]) == "100.0" && MongoReader.text(document["version"]) == "1")
        query.limit = 1
        let rows = try reader.all(query)
        #expect(rows.map { $0["price"] } == ["100.0"])
        #expect(try reader.series(in: .ticks) == [Self.bybit])
    }

    @Test(
        "a tick that another program has put there without what ours have stays as it is",
        .enabled(if: Backend.mongoURI != nil, "skipped: MONGODB_URI is not set"))
    func foreign() throws {
        let fixture = try StoreFixture(.mongoDB)
        let store = try fixture.open()
        let quote = Tick.quote("coingecko:BTC-USD", at: noon)
        let id = "BTC_2025-11-21T10:00:00Z"
        let old = #"{"_id":"\#(id)","timestamp":{"$date":{"$numberLong":"\#(noon)"}},"value":1.5}"#
        try fixture.mongo?.run(#"{"insert":"ticks","documents":[\#(old)]}"#)
        let prediction = Prediction.made("m", 1, of: quote.series, .quote, at: noon)
        try store.writeAll(
            RowBatch([SourceRecord(quote, offset: 0), SourceRecord(.predictions, prediction, offset: 0)]))
        let document = try #require(try fixture.mongo?.documents("ticks").first)
        #expect(Set(document.keys) == ["_id", "timestamp", "value", "prediction", "probability", "model", "version"])
        #expect(MongoReader.text(document["value"]) == "1.5")
    }
}
