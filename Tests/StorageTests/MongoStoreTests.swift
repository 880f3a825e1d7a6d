import CryptoCore
import Foundation
import Storage
import TestTraits
import Testing

@testable import struct Storage.MongoFailure

@Suite("the MongoDB store", .waiting, .enabled(if: Backend.mongoURI != nil, "skipped: MONGODB_URI is not set"))
struct MongoStoreTests {
    private func indexes(_ fixture: StoreFixture, _ collection: String) throws -> [String: [String: Any]] {
        let answer = try fixture.mongo?.run(#"{"listIndexes":"\#(collection)"}"#)
        let cursor = answer?["cursor"] as? [String: Any]
        let found = cursor?["firstBatch"] as? [[String: Any]] ?? []
        return Dictionary(found.map { ($0["name"] as? String ?? "", $0) }) { $1 }
    }

    private func expiry(_ fixture: StoreFixture, _ collection: String) throws -> String? {
        MongoReader.text(try indexes(fixture, collection)["inserted_at_1"]?["expireAfterSeconds"])
    }

    @Test("opening makes a compound and an expiry index, and follows a changed --keep")
    func indexes() throws {
        let fixture = try StoreFixture(.mongoDB)
        let day: Int64 = 86_400_000
        _ = try fixture.open(keepMs: 30 * day)
        for (table, time) in [
            ("ticks", "event_time"), ("windows", "window_start"), ("trends", "as_of"), ("late", "event_time"),
            ("predictions", "event_time"), ("scores", "as_of"),
        ] {
            let key = try indexes(fixture, table)["by_series"]?["key"] as? [String: Any] ?? [:]
            #expect(Set(key.keys) == ["source", "symbol", time])
        }
        for table in Table.allCases { #expect(try expiry(fixture, table.name.description) == "2592000") }
        for (keepMs, seconds) in [(7 * day, "604800"), (0, nil), (0, nil), (day, "86400"), (day, "86400")]
            as [(Int64, String?)]
        {
            try fixture.open(keepMs: keepMs).writeAll(RowBatch([SourceRecord(.trade("1"), offset: 0)]))
            for table in Table.allCases { #expect(try expiry(fixture, table.name.description) == seconds) }
        }
        #expect(try fixture.content()["ticks"]?.count == 1)
    }

    @Test("a tick also has the fields of the first version's documents")
    func seedFields() throws {
        let fixture = try StoreFixture(.mongoDB)
        let quote = Tick(
            series: Series(source: "coingecko", symbol: "BTC-USD"),
            kind: .quote(Tick.Quote(price: 91_000.5, bid: 90_999, ask: 91_001)), eventTime: noon, ingestTime: noon + 5)
        try fixture.open().writeAll(RowBatch([SourceRecord(quote, offset: 0)]), now: noon + 9)
        let document = try #require(try fixture.mongo?.documents("ticks").first)
        #expect(MongoReader.text(document["timestamp"]) == "date \(noon)")
        #expect(MongoReader.text(document["inserted_at"]) == "date \(noon + 9)")
        #expect(MongoReader.text(document["value"]) == "91000.5")
        #expect(MongoReader.text(document["sensor_id"]) == "BTC")
        #expect(MongoReader.text(document["bid_price"]) == "90999.0")
        #expect(MongoReader.text(document["ask_price"]) == "91001.0")
        #expect(document["trade_id"] == nil, "what is unknown is absent")
    }

    @Test("null stands only where the record says null")
    func nulls() throws {
        let fixture = try StoreFixture(.mongoDB)
        var window = WindowAggregate.minute()
        window.vwap = nil
        try fixture.open().writeAll(RowBatch([SourceRecord(window, offset: 0)]))
        #expect(try fixture.mongo?.documents("windows").first?["vwap"] is NSNull)
    }

    @Test("a row that an index of the user's refuses is rejected alone")
    func foreignIndex() throws {
        let fixture = try StoreFixture(.mongoDB)
        let store = try fixture.open()
        let unique = #"{"name":"mine","key":{"as_of":1},"unique":true}"#
        try fixture.mongo?.run(#"{"createIndexes":"trends","indexes":[\#(unique)]}"#)
        let trends = ["a", "b", "c"].enumerated().map { i, source in
            Trend(
                series: Series(source: source, symbol: "X-Y"), asOf: i == 2 ? 1 : 0,
                averages: Array(repeating: nil, count: 6))
        }
        let records = trends.enumerated().map { SourceRecord($1, offset: Int64($0)) }
        let rejected = try store.write(RowBatch(records + [SourceRecord(.trade("1"), offset: 0)]), now: noon).rejected
        #expect(rejected.map(\.row) == [1])
        #expect(try fixture.content()["trends"]?.count == 2)
        #expect(try fixture.content()["ticks"]?.count == 1)
    }

    @Test("a server that is not there is away, a wrong URI is not")
    func errors() throws {
        let nobody = try StoreLocation("mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200")
        #expect { _ = try nobody.open(keepMs: 0) } throws: {
            if case .away = $0 as? StoreError { true } else { false }
        }
        for wrong in ["mongodb://", "mongodb://a:b:c", "mongodb://h/?w=0", "mongodb://h/?w=majority&maxPoolSize=x"] {
            #expect(throws: StoreError.self, "\(wrong)") { _ = try StoreLocation(wrong) }
        }
        let secret = try StoreLocation("mongodb://user:p%40ss@127.0.0.1:1/x").description
        #expect(secret == "mongodb://127.0.0.1:1/x")
    }

    @Test("what a server's code means")
    func verdicts() {
        #expect(MongoFailure.verdict(serverCode: 1) == .doubtful, "wraps a lost connection in FerretDB")
        for code in [6, 89, 91, 189, 10107, 11600] { #expect(MongoFailure.verdict(serverCode: code) == .away) }
        for code in [13, 18] { #expect(MongoFailure.verdict(serverCode: code) == .denied) }
        for code in [121, 10334] { #expect(MongoFailure.verdict(serverCode: code) == .refused) }
        #expect(MongoFailure.verdict(serverCode: 11000) == .duplicate)
    }
}
