import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

@Suite("every store keeps the same promises", .waiting)
struct StoreConformanceTests {
    @Test("what was written is there, under the ids of the design", arguments: Backend.available)
    func ids(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let gap = Tick(
            series: Series(source: "bybit", symbol: "BTC-USDT"),
            kind: .gap(Tick.Gap(from: noon - 9, to: noon, reason: "start")), eventTime: noon, ingestTime: noon)
        var score = Score()
        (score.series, score.model, score.version, score.asOf) = (gap.series, "direction", 1, noon)
        (score.count, score.psi, score.probabilityBins) = (1, ["price": 0.5], [[7, 1, 0]])
        score.featureBins = ["price": [[3, 1]]]
        let trend = Trend(series: gap.series, asOf: noon, averages: [nil, nil, 1, 2, nil, 3])
        let batch = try RowBatch([
            SourceRecord(.quote("coingecko:BTC-USD", at: 1_763_719_200_000), offset: 0),
            SourceRecord(.quote("coingecko:BTC-EUR", at: noon), offset: 1),
            SourceRecord(.quote("coingecko:A-B-USD", at: -62_135_596_800_000), offset: 2),
            SourceRecord(.quote("binance-24h:BTC-USDT", at: noon + 5), offset: 3),
            SourceRecord(.trade("77"), offset: 4), SourceRecord(gap, offset: 5),
            SourceRecord(.minute(count: 2, final: false), offset: 6), SourceRecord(.minute(), offset: 7),
            SourceRecord(.minute(type: .sliding), offset: 8), SourceRecord(trend, offset: 9),
            SourceRecord(LateTick(tick: .trade("5"), lateBy: 10), offset: 10),
            SourceRecord(deadKey: [], value: [255], nil, offset: 11),
            SourceRecord(.predictions, Prediction.made("direction", 1, at: noon), offset: 12),
            SourceRecord(
                .predictions, Prediction.made("d", 2, of: Series("coingecko:BTC-USD"), .quote, at: noon), offset: 13),
            SourceRecord(.predictions, Prediction.made("d", 2, .quote, at: noon + 5), offset: 14),
            SourceRecord(.predictions, Prediction.made("horizon", 3, .window, at: noon + 60_000), offset: 15),
            SourceRecord(.scores, score, offset: 16),
        ])
        try fixture.open().writeAll(batch, now: noon)
        let content = try fixture.content()
        #expect(content == batch.expectedContent())
        #expect(
            content["ticks"].map { Set($0.keys) } == [
                "BTC_2025-11-21T10:00:00Z", "coingecko:BTC-EUR_\(noon)", "A-B_0001-01-01T00:00:00Z",
                "binance-24h:BTC-USDT_\(noon + 5)", "bybit:BTC-USDT:77", "bybit:BTC-USDT:gap:\(noon - 9)",
            ])
        #expect(
            content["windows"].map { Set($0.keys) } == [
                "bybit:BTC-USDT:tumbling:\(noon)", "bybit:BTC-USDT:sliding:\(noon)",
            ])
        #expect(content["windows"]?["bybit:BTC-USDT:tumbling:\(noon)"]?["final"] == "true")
        #expect(content["trends"].map { Set($0.keys) } == ["bybit:BTC-USDT:trend:\(noon)"])
        #expect(content["trends"]?["bybit:BTC-USDT:trend:\(noon)"]?["averages"] == "[null,null,1.0,2.0,null,3.0]")
        #expect(
            content["predictions"].map { Set($0.keys) } == [
                "direction:1:bybit:BTC-USDT:7", "d:2:BTC_2025-11-21T10:00:00Z", "d:2:bybit:BTC-USDT_\(noon + 5)",
                "horizon:3:bybit:BTC-USDT:tumbling:\(noon)",
            ])
        #expect(content["scores"].map { Set($0.keys) } == ["bybit:BTC-USDT:direction:1:score:\(noon)"])
        #expect(content["scores"]?["bybit:BTC-USDT:direction:1:score:\(noon)"]?["psi"] == #"{"price":0.5}"#)
        let bins = ["probability_bins", "feature_bins"].map {
            content["scores"]?["bybit:BTC-USDT:direction:1:score:\(noon)"]?[$0]
        }
        #expect(bins == ["[[7,1,0]]", #"{"price":[[3,1]]}"#])
        #expect(content["late"].map { Set($0.keys) } == ["crypto.late:3:10:\(noon)"])
        #expect(content["dead_letters"].map { Set($0.keys) } == ["crypto.deadletter:2:11:\(noon)"])
    }

    @Test(
        "any order, split and repetition of batches leaves the same content",
        arguments: Backend.available, [1, 2, 3, 4, 5, 6] as [UInt64])
    func orderFree(backend: Backend, seed: UInt64) throws {
        let fixture = try StoreFixture(backend)
        var source = RecordSource(seed: seed)
        let records = source.records(300)
        let expected = try RowBatch(records).expectedContent()
        // A partition's records are written in order and repeated from the last batch on, as Kafka does; partitions
        // in any order. Databases also take any order within.
        var order = records
        if backend != .csv {
            order += records.shuffled(using: &source.random)
            order.shuffle(using: &source.random)
        }
        let store = try fixture.open()
        var at = 0
        while at < order.count {
            let batch = try RowBatch(order[at..<min(at + Int.random(in: 1...60, using: &source.random), order.count)])
            for _ in 0...Int.random(in: 0...1, using: &source.random) { try store.writeAll(batch, now: noon) }
            at += batch.count
        }
        #expect(try fixture.content() == expected)
    }

    @Test("a batch written again after a restart changes nothing", arguments: Backend.available)
    func redelivery(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        var source = RecordSource(seed: 9)
        let records = source.records(120)
        try fixture.open().writeAll(RowBatch(records), now: noon)
        let once = try fixture.content()
        // The second time in other portions, with records behind that are new.
        let store = try fixture.open()
        for part in [records[..<50], records[50..<51], records[51...]] {
            try store.writeAll(RowBatch(part), now: noon + 1)
        }
        #expect(try fixture.content() == once)
        if backend == .csv {
            let lines = try csvLines("\(fixture.folder)/csv").values.reduce(0) { $0 + $1.count }
            #expect(lines == records.count, "each record is one line")
        }
    }

    @Test("a provisional window never replaces a final one, nor one that counts more", arguments: Backend.available)
    func provisional(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let store = try fixture.open()
        let id = "bybit:BTC-USDT:tumbling:\(noon)"
        func write(_ windows: WindowAggregate..., at offset: Int64) throws -> [String: String]? {
            let records = windows.enumerated().map { SourceRecord($1, offset: offset + Int64($0)) }
            try store.writeAll(RowBatch(records), now: noon)
            return try fixture.content()["windows"]?[id]
        }
        #expect(try write(.minute(count: 5, final: false), at: 0)?["count"] == "5")
        #expect(try write(.minute(count: 4, final: false), at: 1)?["count"] == "5")
        #expect(try write(.minute(count: 7, final: false), .minute(count: 6, final: false), at: 2)?["count"] == "7")
        #expect(try write(.minute(count: 9, final: false), .minute(count: 8), at: 4)?["count"] == "8")
        let last = try write(.minute(count: 20, final: false), at: 6)
        #expect(last?["count"] == "8" && last?["final"] == "true")
    }

    @Test(
        "what stands at the same place of a topic made anew is another row, and only what is taken is counted",
        arguments: Backend.available)
    func placesAgain(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let store = try fixture.open()
        func taken(at time: Int64, _ more: SourceRecord...) throws -> [Int] {
            let records = [
                SourceRecord(LateTick(tick: .trade("l"), lateBy: 1), offset: 0, at: time),
                SourceRecord(deadKey: [], value: [1], nil, offset: 0, at: time), SourceRecord(.trade("t"), offset: 0),
                SourceRecord(.minute(count: 2, final: false), offset: 0),
            ]
            let batch = try RowBatch(records + more)
            let taken = try store.write(batch, from: "c\(time)", now: noon).taken
            return [Table.ticks, .windows, .trends, .late, .deadLetters].map { taken[$0] ?? 0 }
        }
        let final = SourceRecord(.minute(count: 2), offset: 1)
        // Ticks, windows, trends, late, dead letters. A CSV file holds every version of a window.
        #expect(try taken(at: noon, final) == [1, 2, 0, 1, 1])
        #expect(try taken(at: noon + 1) == (backend == .csv ? [1, 1, 0, 1, 1] : [0, 0, 0, 1, 1]))
        #expect(try taken(at: noon + 1) == [0, 0, 0, 0, 0])
        #expect(try fixture.content()["late"]?.count == 2)
        #expect(try fixture.content()["dead_letters"]?.count == 2)
    }

    @Test("one bad row does not take its batch along", arguments: Backend.available)
    func badRow(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let huge = [UInt8](repeating: UInt8(ascii: "x"), count: 17 << 20)
        let batch = try RowBatch([
            SourceRecord(.trade("1"), offset: 0), SourceRecord(deadKey: [], value: huge, nil, offset: 1),
            SourceRecord(.minute(), offset: 2), SourceRecord(.trade("2"), offset: 3),
        ])
        let rejected = try fixture.open().write(batch, now: noon).rejected
        #expect(rejected.map(\.row) == [1])
        let content = try fixture.content()
        #expect(content["ticks"].map { Set($0.keys) } == ["bybit:BTC-USDT:1", "bybit:BTC-USDT:2"])
        #expect(content["windows"]?.count == 1)
    }

    @Test("unusual texts come back as they went", arguments: Backend.available)
    func texts(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let texts = [
            "a\0b", "\0", "\"", "\"\"", ",", "\n", "\r\n", " ", "é\u{FEFF}", "e\u{301}", "🪙", "\u{10FFFF}",
            "'; DROP TABLE ticks; --",
            "$set", "a.b", "base64:", "null", "NaN", "%s", "\\", String(repeating: "長", count: 300),
        ]
        var records = texts.enumerated().map { SourceRecord(.trade($1), offset: Int64($0)) }
        // Not in an id: some databases index no key of this length.
        for (i, text) in (texts + [String(repeating: "長", count: 100_000)]).enumerated() {
            let letter = DeadLetter(
                originTopic: text, originPartition: -1, originOffset: Int64.max, error: text, service: text)
            records.append(SourceRecord(deadKey: Array(text.utf8), value: [0xFF] + text.utf8, letter, offset: Int64(i)))
        }
        records.append(SourceRecord(deadKey: [], value: Array("base64:AAAA".utf8), nil, offset: 1000))
        let batch = try RowBatch(records)
        try fixture.open().writeAll(batch, now: noon)
        var expected = batch.expectedContent()
        if backend == .csv {
            // Text that looks like our base64 comes as base64.
            expected["dead_letters"]?["crypto.deadletter:2:1000:\(noon)"]?["value"] = Data("base64:AAAA".utf8)
                .base64EncodedString()
            expected["dead_letters"]?["crypto.deadletter:2:15:\(noon)"]?["key"] = Data("base64:".utf8)
                .base64EncodedString()
        }
        let content = try fixture.content()
        #expect(content.keys.sorted() == expected.keys.sorted())
        for (table, rows) in expected {
            for (id, row) in rows { #expect(content[table]?[id] == row, "\(id.prefix(40).debugDescription)") }
        }
    }

    @Test("numbers come back bit by bit, and what is unknown stays unknown", arguments: Backend.available)
    func numbers(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let doubles: [Double] = [
            .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .ulpOfOne, 0.1, 1 / 3,
            9_007_199_254_740_991,
            1e21, 123_456_789.123_456_78, 1e15, 65_000,
        ]
        var records: [SourceRecord] = []
        for (i, number) in doubles.enumerated() {
            records.append(SourceRecord(.trade("n\(i)", price: number), offset: Int64(i)))
            var window = WindowAggregate.minute(noon + Int64(i) * 60_000)
            (window.vwap, window.stddev, window.open, window.low) = (nil, 0, number, -number)
            records.append(SourceRecord(window, offset: Int64(i)))
        }
        for (i, extreme) in [Int64.min, Int64.max, 0, -1].enumerated() {
            records.append(SourceRecord(LateTick(tick: .trade("x"), lateBy: extreme), offset: Int64(i)))
            var window = WindowAggregate.minute(-Int64(i) * 60_000)
            (window.firstTime, window.lastTime, window.count) = (extreme, extreme, Int64.max)
            records.append(SourceRecord(window, offset: 100 + Int64(i)))
        }
        let none = Trend(series: Series(source: "a", symbol: "B-C"), asOf: 0, averages: Array(repeating: nil, count: 6))
        records.append(SourceRecord(none, offset: 0))
        let batch = try RowBatch(records)
        try fixture.open().writeAll(batch, now: noon)
        #expect(try fixture.content() == batch.expectedContent())
    }

    @Test("an empty batch is no work", arguments: Backend.available)
    func empty(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        try fixture.open().writeAll(RowBatch(prefix: "crypto"), now: noon)
        #expect(try fixture.content().values.allSatisfy(\.isEmpty))
    }
}
