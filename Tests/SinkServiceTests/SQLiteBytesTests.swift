import CSQLite
import CryptoCore
import Foundation
import Storage
import TestSupport
import Testing

@testable import SinkService

/// Counts pages instead of timing anything: what the log of an SQLite file holds after a made-up stream.
@Suite("What SQLite writes to the disk")
struct SQLiteBytesTests {
    @Test(
        "is at most 1,200 bytes a tick at 95 ticks/s, whatever the ids are",
        arguments: [(2, true), (20, true), (500, false)])
    func bytesPerTick(series: Int, hasWindows: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bytes-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/x.db"
        var stream = StoredStream(series: series, ticksASecond: 95, hasWindows: hasWindows)
        let store = try StoreLocation("sqlite:\(path)").open(keepMs: 30 * 86_400_000)
        // Hours that lie there already, in whose pages nothing new has room.
        var batch = RowBatch(prefix: "crypto")
        for _ in 0..<60 {
            try stream.skipMinute(ticks: 200, into: &batch)
            _ = try store.write(batch, holding: stream.holding, now: stream.now)
            batch.removeAll()
        }
        // A reader that stays, so that the log is not begun anew when it is long.
        let reader = try emptiedLog(path)
        defer { sqlite3_close(reader) }

        let pace = BatchPace(fullRows: 5000, waitMs: nil)
        // Long enough for the ticks' index by series to be carried on twice.
        let end = stream.now + (series > 100 ? 1_200_000 : 240_000)
        var firstMs: Int64 = 0
        var ticks = 0
        while stream.now < end {
            if batch.isEmpty { firstMs = stream.now }
            try stream.step(into: &batch)
            ticks += 1
            if pace.isDue(rows: batch.count, bytes: batch.byteCount, firstMs: firstMs, now: stream.now) {
                _ = try store.write(batch, holding: stream.holding, now: stream.now)
                batch.removeAll()
            }
        }
        // Each page goes into the log with every commit, and from there into the database once.
        let log = try WriteAheadLog(path: path)
        let bytes = (log.byteCount + log.pages.count * log.pageBytes) / ticks
        #expect(bytes <= 1_200, "\(log.byteCount / ticks) of them in the log")
    }

    /// Empties the log.
    /// - Returns: a reader of what lies in the database then.
    private func emptiedLog(_ path: String) throws -> OpaquePointer? {
        var database: OpaquePointer?
        try #require(sqlite3_open(path, &database) == SQLITE_OK)
        let sql = "PRAGMA wal_checkpoint(TRUNCATE); BEGIN; SELECT count(*) FROM trends"
        try #require(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK)
        return database
    }
}

/// The log beside an SQLite file. *Source*: SQLite's "Database File Format", section 4.1.
private struct WriteAheadLog {
    let byteCount: Int
    let pageBytes: Int
    /// The numbers of the pages in it.
    let pages: Set<UInt32>

    init(path: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)-wal")))
        func number(_ at: Int) -> UInt32 { bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        byteCount = bytes.count
        let pageBytes = Int(number(8))
        self.pageBytes = pageBytes
        pages = Set(stride(from: 32, to: bytes.count, by: 24 + pageBytes).map(number))
    }
}

/// Rows as a live feed and the processor make them: trades with random ids, open minutes once a second, sliding windows
/// every ten seconds, minutes and trends.
private struct StoredStream {
    private(set) var now: Int64 = 1_763_719_200_000
    private let start: Int64 = 1_763_719_200_000
    private let series: [Series]
    private let ticksASecond: Int64
    private let hasWindows: Bool
    private var random = SplitMix64(seed: 1)
    private var made: Int64 = 0
    private var nextLive: [Int64]
    private var nextSlide: Int64
    private var offset: Int64 = 0

    /// - Parameter hasWindows: false for ticks alone, as where nobody runs a processor.
    init(series count: Int, ticksASecond: Int64, hasWindows: Bool) {
        self.hasWindows = hasWindows
        series = (0..<count).map { Series(source: "bybit-linear", symbol: "C\($0)-USDT") }
        self.ticksASecond = ticksASecond
        nextLive = Array(repeating: 0, count: count)
        nextSlide = now + 10_000
    }

    /// What the store remembers with each batch: of twelve partitions each of ticks and open minutes.
    var holding: [HeldPartition] {
        [Topic.ticks, .live].flatMap { topic in
            (0..<12).map {
                HeldPartition(
                    cluster: "0123456789abcdefghijkl", topic: topic.name(prefix: "crypto"), partition: $0,
                    next: made / 12, last: made / 12 - 1, newestMs: now)
            }
        }
    }

    /// The next trade, and what is due by then.
    mutating func step(into batch: inout RowBatch) throws {
        made += 1
        now = start + made * 1000 / ticksASecond
        let i = Int.random(in: series.indices, using: &random)
        try addTrade(i, into: &batch)
        guard hasWindows else { return }
        if now >= nextLive[i] {
            nextLive[i] = now + 1000
            try addWindow(i, .tumbling, from: now / 60_000 * 60_000, final: false, into: &batch)
        }
        if now >= nextSlide { try closeWindows(into: &batch) }
    }

    /// The next minute with fewer trades.
    mutating func skipMinute(ticks: Int, into batch: inout RowBatch) throws {
        for _ in 0..<ticks { try addTrade(Int.random(in: series.indices, using: &random), into: &batch) }
        made += 60 * ticksASecond
        now = start + made * 1000 / ticksASecond
        while hasWindows, now >= nextSlide { try closeWindows(into: &batch) }
    }

    private mutating func closeWindows(into batch: inout RowBatch) throws {
        for i in series.indices {
            try addWindow(i, .sliding, from: nextSlide - 60_000, final: true, into: &batch)
            guard nextSlide % 60_000 == 0 else { continue }
            try addWindow(i, .tumbling, from: nextSlide - 60_000, final: true, into: &batch)
            let averages = (0..<6).map { _ in Double.random(in: 1...60_000, using: &random) }
            var json = JSONWriter()
            Trend(series: series[i], asOf: nextSlide, averages: averages).encode(into: &json)
            try batch.append(origin(.trends), key: nil, value: json.bytes.span.bytes)
        }
        nextSlide += 10_000
    }

    private mutating func addTrade(_ i: Int, into batch: inout RowBatch) throws {
        let id = UUID(random: &random).uuidString.lowercased()
        let price = (Double.random(in: 1...60_000, using: &random) * 100).rounded() / 100
        let tick = Tick(
            series: series[i], kind: .trade(Tick.Trade(tradeID: id, price: price, quantity: 0.125, side: .buy)),
            eventTime: now, ingestTime: now + 40)
        let key = Array(series[i].description.utf8)
        try batch.appendTick(tick.encoded().span.bytes, key: key.span.bytes, origin: origin(.ticks))
    }

    private mutating func addWindow(
        _ i: Int, _ type: WindowType, from start: Int64, final: Bool, into batch: inout RowBatch
    ) throws {
        let number = Double.random(in: 1...60_000, using: &random)
        let json = """
            {"source":"\(series[i].source)","symbol":"\(series[i].symbol)","type":"\(type)","window_start":\(start),
            "window_end":\(start + 60_000),"final":\(final),"count":\(made),"volume":\(number),"amount":\(number),
            "average_price":\(number),"vwap":\(number),"open":\(number),"high":\(number),"low":\(number),"close":\(number),
            "stddev":\(number),"buy_volume":\(number),"sell_volume":\(number),"first_time":\(start),"last_time":\(now),
            "incomplete":false}
            """
        try batch.append(origin(.tumbling), key: nil, value: Array(json.utf8).span.bytes)
    }

    private mutating func origin(_ topic: Topic) -> RecordOrigin {
        offset += 1
        return RecordOrigin(topic, partition: 0, offset: offset, timestampMs: now)
    }
}

extension UUID {
    fileprivate init(random: inout SplitMix64) {
        let (a, b) = (random.next(), random.next())
        self.init(
            uuid: withUnsafeBytes(of: (a, b)) { $0.load(as: uuid_t.self) })
    }
}
