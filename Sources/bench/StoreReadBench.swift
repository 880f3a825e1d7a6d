import CryptoCore
import ServiceKit
import Storage

/// `bench store-read`: ticks of one series over a week read back from a store that also holds those of others.
///
/// Writes the ticks first, as a sink does, unless they are there from a run before. Reports how long random hours, the newest
/// ticks, down-sampling and medians of one series take.
struct StoreReadBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "store-read", summary: "Measures how long one series' ticks of a store take to read.",
            flags: [store, ticksASeries, seriesCount, days, hours],
            examples: [
                "bench store-read", "bench store-read --series 20 --store sqlite:many.db",
                "bench store-read --store mongodb://localhost:27017/bench --ticks 100000 --days 1",
            ]),
        run: {
            var bench = try StoreReadBench($0)
            try bench.run()
        })
    private static let store = Flag.text(
        "store", value: "URI", default: "sqlite:bench-read.db", help: "where the rows are",
        check: { StoreLocation.problem(in: $0) })
    private static let ticksASeries = Flag.integer(
        "ticks", 1_000...100_000_000, default: 600_000, help: "ticks a series")
    private static let seriesCount = Flag.integer(
        "series", 1...1_000, default: 1, help: "how many series the store holds")
    private static let days = Flag.integer("days", 1...365, default: 7, help: "over how many days")
    private static let hours = Flag.integer("reads", 10...100_000, default: 500, help: "how many hours are read")

    private static let start: Int64 = 1_763_719_200_000
    private static let hourMs: Int64 = 3_600_000

    private let location: StoreLocation
    private let ticks: Int
    private let series: [Series]
    private let spanMs: Int64
    private let reads: Int
    private var random = SeededRandom(seed: 11)

    private init(_ settings: Settings) throws {
        location = try StoreLocation(settings[StoreReadBench.store])
        ticks = settings[StoreReadBench.ticksASeries]
        series = (0..<settings[StoreReadBench.seriesCount]).map {
            Series(source: "bybit", symbol: "C\(1000 + $0)-USDT")
        }
        spanMs = Int64(settings[StoreReadBench.days]) * 24 * StoreReadBench.hourMs
        reads = settings[StoreReadBench.hours]
    }

    private mutating func run() throws {
        print(
            "store-read: \(ticks) ticks of each of \(series.count) series over \(spanMs / 86_400_000) days, \(location.description)"
        )
        let isThere = try (try? location.openReader()).map { try $0.series(in: .ticks).count } == series.count
        if !isThere { try write() }
        let reader = try location.openReader()
        print("                          rows     p50 ms     p99 ms     max ms")
        try Self.measure("an hour, 4 columns", reads) { try hour(reader, ["event_time", "price", "quantity", "side"]) }
        try Self.measure("an hour, all columns", reads / 5) {
            try hour(reader, Table.ticks.columns.map(\.name.description))
        }
        try Self.measure("newest 100", reads / 5) { try newest(reader, 100) }
        try Self.measure("an hour by minute", reads / 5) { try buckets(reader, StoreReadBench.hourMs, 60_000) }
        try Self.measure("a day by 5 minutes", max(3, reads / 50)) { try buckets(reader, 86_400_000, 300_000) }
        try Self.measure("an hour's medians", reads / 10) { try medians(reader, StoreReadBench.hourMs) }
        try Self.measure("all medians (sample)", 3) { try medians(reader, spanMs) }
        try Self.measure("all, by 10,000", 3) { try all(reader) }
        try Self.measure("series of ticks", 10) { try reader.series(in: .ticks).count }
    }

    /// Times `body` and prints a line of the table.
    private static func measure(_ name: String, _ count: Int, _ body: () throws -> Int) throws {
        var times: [Double] = []
        var rows = 0
        for _ in 0..<max(3, count) {
            let clock = ContinuousClock()
            let start = clock.now
            rows = try body()
            times.append(nanoseconds(clock.now - start) / 1e6)
        }
        times.sort()
        let numbers = [times[times.count / 2], times[times.count * 99 / 100], times[times.count - 1]]
        print(
            "  " + name.leftAligned(20), "\(rows)".rightAligned(9),
            numbers.map { tenths($0).rightAligned(10) }.joined(separator: " "))
    }

    private static func tenths(_ number: Double) -> String { String((number * 10).rounded() / 10) }

    // MARK: Reading

    private mutating func chosen() -> Series { series[Int(random.next() % UInt64(series.count))] }

    private mutating func span(_ lengthMs: Int64, _ query: inout StoreQuery) {
        let room = UInt64(max(1, spanMs - lengthMs))
        query.from = StoreReadBench.start + Int64(random.next() % room)
        query.to = query.from + lengthMs
    }

    private mutating func hour(_ reader: any StoreReader, _ columns: [String]) throws -> Int {
        var query = try StoreQuery(.ticks, of: chosen(), columns: columns)
        query.limit = 1_000_000
        span(StoreReadBench.hourMs, &query)
        return try reader.read(query).count
    }

    private mutating func newest(_ reader: any StoreReader, _ count: Int) throws -> Int {
        var query = try StoreQuery(.ticks, of: chosen(), columns: ["event_time", "price"])
        (query.limit, query.order, query.to) = (count, .newestFirst, StoreReadBench.start + spanMs)
        return try reader.read(query).count
    }

    private mutating func buckets(_ reader: any StoreReader, _ lengthMs: Int64, _ widthMs: Int64) throws -> Int {
        var query = try StoreQuery(.ticks, of: chosen(), columns: [])
        span(lengthMs, &query)
        return try reader.buckets(BucketQuery(query, column: "price", widthMs: widthMs)).count
    }

    private mutating func medians(_ reader: any StoreReader, _ lengthMs: Int64) throws -> Int {
        var query = try StoreQuery(.ticks, of: chosen(), columns: [])
        span(lengthMs, &query)
        return try reader.sideMedians(of: "price", query).rows
    }

    private mutating func all(_ reader: any StoreReader) throws -> Int {
        var query = try StoreQuery(.ticks, of: chosen(), columns: ["event_time", "price", "quantity", "side"])
        query.limit = 10_000
        var rows = 0
        try reader.forEachPage(of: query) { rows += $0.count }
        return rows
    }

    // MARK: Writing

    private mutating func write() throws {
        let clock = ContinuousClock()
        let begin = clock.now
        let store = try location.open(keepMs: 0)
        if store.identity == nil { try store.begin(StoreIdentity(prefix: "crypto"), holding: []) }
        var batch = RowBatch(prefix: "crypto")
        let count = ticks * series.count
        for i in 0..<count {
            try append(i, of: count, to: &batch)
            if batch.count == 5_000 || i == count - 1 {
                let rejected = try store.write(batch, holding: [], now: StoreReadBench.start).rejected
                if let first = rejected.first { throw Refused(reason: first.reason) }
                batch.removeAll()
            }
        }
        let seconds = nanoseconds(clock.now - begin) / 1e9
        print("  written in \(Self.tenths(seconds)) s, \(Int(Double(count) / seconds)) ticks/s")
    }

    private mutating func append(_ i: Int, of count: Int, to batch: inout RowBatch) throws {
        let series = chosen()
        let time = StoreReadBench.start + Int64(Double(i) / Double(count) * Double(spanMs))
        let trade = Tick.Trade(
            tradeID: "\(2_290_000_000_000_000 + i)\(random.next() % 1_000_000)",
            price: Double(6_500_000 + random.next() % 20_000) / 100,
            quantity: Double(1 + random.next() % 1_000_000) / 1_000_000, side: random.next() % 2 == 0 ? .buy : .sell)
        let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 37)
        let key = Array(series.description.utf8)
        try batch.appendTick(
            tick.encoded().span.bytes, key: key.span.bytes,
            origin: RecordOrigin(.ticks, partition: 0, offset: Int64(i), timestampMs: 0))
    }

    private struct Refused: Error { let reason: String }
}
