import CryptoCore
import Foundation
import System
import TestSupport
import Testing

@testable import Feeds

/// A live connection to two markets, without a network, and its recording.
private struct LiveRun {
    static let startMs: Int64 = 1_790_000_000_000

    var books = ["BTC-USDT", "ETH-USDT"].map {
        BinanceBook(symbol: $0, ids: 0..<1_000_000, startMs: startMs - 400_000_000, stepMs: 400)
    }
    var writer = TickWriter()
    private var decoder = Binance(anySymbol: false)
    private var filler = GapFiller(BinanceHistory(key: nil))
    private var events: [FeedEvent] = []
    private(set) var ticks: [Tick] = []
    private(set) var text = RecordedText()
    var nowMs = startMs
    /// An answer has no more trades than this.
    var pageSize: Int64 = 1_000
    /// Whether the recording says more than frames and answers.
    let isTelling: Bool
    private(set) var asked: VenueRequest?

    init(after last: Int64? = nil, historyFromMs: Int64? = nil, isTelling: Bool = true) {
        self.isTelling = isTelling
        writer.backfillPolicy = BackfillPolicy(
            quota: DiskQuota(bytes: 1 << 24, folder: NSTemporaryDirectory()),
            horizonMs: historyFromMs.map { max(3_600_000, Self.startMs - $0 + 600_000) } ?? 3_600_000)
        text.header(wallMs: nowMs)
        for book in books {
            decoder.add(symbol: book.symbol, to: &writer)
            let id = writer.series.intern(Series(source: "binance", symbol: book.symbol))
            if last == nil { writer.gaps.open(id, .start) }
            if let last { writer.gaps.resume(id, after: book.timeMs(last)) }
            writer.follow(
                id, after: last.map { ($0, book.timeMs($0)) }, historyFromMs: historyFromMs, nowMs: nowMs)
        }
        text.connect("binance", address: "wss://stream.binance.com:9443/stream", wallMs: nowMs)
        guard isTelling else { return }
        for known in writer.seriesOnRecord { text.series("binance", known, wallMs: nowMs) }
    }

    /// The newest trade that has happened by now.
    var newest: Int64 { (nowMs - books[0].startMs) / 400 }

    mutating func pass(ms: Int64) throws {
        nowMs += ms
        while writer.settle(nowMs: nowMs) { try collect() }
        try collect()
    }

    mutating func hear(_ market: Int, _ id: Int64) throws {
        let frame = books[market].frame(id)
        text.frame("binance", frame.span.bytes, wallMs: nowMs)
        _ = try decoder.decode(frame, receivedMs: nowMs, into: &writer)
        try collect()
    }

    mutating func loseConnection() throws {
        if isTelling { text.close("binance", reason: .disconnect, wallMs: nowMs) }
        writer.beginOutages(.disconnect, nowMs: nowMs)
        try collect()
    }

    mutating func reconnect() {
        nowMs += 500
        text.connect("binance", address: "wss://stream.binance.com:9443/stream", wallMs: nowMs)
    }

    /// Sends what the filler wants to ask.
    mutating func ask() throws {
        while asked == nil {
            switch filler.next(&writer, at: Moment(monotonic: nowMs, wall: nowMs)) {
            case .idle: return
            case .wait(let ms): try pass(ms: ms)
            case .send(let request):
                asked = request
                if isTelling { text.ask("binance", request, wallMs: nowMs) }
            }
        }
    }

    /// The answer comes, spoilt or not; nil: the line is cut.
    mutating func answer(_ spoil: (VenueResponse) -> VenueResponse? = { $0 }) throws {
        guard let request = asked else { return }
        asked = nil
        let market = request.address.contains("symbol=BTCUSDT") ? 0 : 1
        let now = Moment(monotonic: nowMs, wall: nowMs)
        let first = request.address.split(separator: "fromId=").last.flatMap { Int64($0) } ?? 0
        let untilID = pageSize < 1_000 ? min(newest, first + pageSize) : newest
        if let response = spoil(books[market].answer(request, untilID: untilID)) {
            text.answer("binance", request, response, wallMs: nowMs)
            filler.answered(response, at: now, into: &writer, events: &events)
        } else {
            if isTelling { text.fail("binance", request, "cut", wallMs: nowMs) }
            filler.failed("cut", at: now, into: &writer, events: &events)
        }
        try pass(ms: 0)
    }

    /// The producer ends; what waits stays behind.
    mutating func stop() throws {
        writer.leaveHeld(nowMs: nowMs)
        try collect()
    }

    /// Another run in the same file: what the topic has is known to it.
    mutating func append(_ next: LiveRun) {
        text.bytes += next.text.bytes
        ticks += next.ticks
    }

    /// Until nothing is missing.
    mutating func fillAll() throws {
        for _ in 0..<10_000 {
            try ask()
            if asked == nil { return }
            try pass(ms: 20)
            try answer()
        }
        Issue.record("it does not end")
    }

    private mutating func collect() throws {
        ticks += try writer.batch.ticks()
        writer.batch.removeAll()
    }

    /// What a replay of the recording gives.
    func replay(
        _ budget: DiskQuota = DiskQuota(bytes: 1 << 24, folder: NSTemporaryDirectory())
    ) throws -> [Tick] {
        let scratch = try Scratch()
        let path = try scratch.file("day.jsonl", String(decoding: text.bytes, as: UTF8.self))
        var options = ReplayFeed<ManualClock>.Options(files: [path], speed: .unlimited)
        options.budget = budget
        var feed = try ReplayFeed<ManualClock>(options, clock: ManualClock())
        let (ticks, events) = try drain(&feed)
        #expect(events.last == .lap(file: path, lap: 0, ticks: ticks.count))
        return ticks
    }
}

extension [Tick] {
    /// The trades of a market, byte for byte.
    fileprivate func trades(_ symbol: String) -> [String] {
        filter { $0.series.symbol == symbol && $0.trade != nil }.map { String(decoding: $0.encoded(), as: UTF8.self) }
    }

    fileprivate func ids(_ symbol: String) -> [Int64] {
        filter { $0.series.symbol == symbol }.compactMap { $0.trade.flatMap { Int64($0.tradeID) } }
    }

    /// Where gaps begin, and why they were left.
    fileprivate func gaps(_ symbol: String) -> Set<String> {
        Set(filter { $0.series.symbol == symbol }.compactMap { $0.gap.map { "\($0.from) \($0.reason)" } })
    }
}

@Suite("Recorded trades from a venue's history, played again")
struct ReplayedHistoryTests {
    private func expectSame(_ run: LiveRun, areGapsSame: Bool = true) throws {
        let played = try run.replay()
        for symbol in run.books.map(\.symbol) {
            #expect(played.trades(symbol) == run.ticks.trades(symbol))
            if areGapsSame { #expect(played.gaps(symbol) == run.ticks.gaps(symbol)) }
        }
    }

    private func refusal(_ random: inout SplitMix64) -> (VenueResponse) -> VenueResponse? {
        switch UInt8.random(in: 0..<8, using: &random) {
        case 0: { _ in VenueResponse(status: 429, retryAfterMs: 2_000, body: Array("{}".utf8)) }
        case 1: { _ in VenueResponse(status: 503, body: []) }
        case 2: { _ in VenueResponse(status: 200, body: Array("<html>no</html>".utf8)) }
        case 3: { _ in VenueResponse(status: 200, body: Array("[]".utf8)) }
        case 4: { _ in nil }
        default: { $0 }
        }
    }

    @Test(
        "whatever is lost, repeated, refused or cut: every market has the ticks of the live run, in its order",
        arguments: UInt64(0)..<8)
    func everything(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var run =
            seed % 4 == 0
            ? LiveRun(after: 999_000)
            : seed % 4 == 1
                ? LiveRun(historyFromMs: LiveRun.startMs - 2_000_000) : LiveRun()
        // Short pages, but where the past is looked for.
        if seed % 4 != 1 { run.pageSize = 60 }
        var next = [run.newest - 300, run.newest - 300]
        for _ in 0..<250 {
            let market = Int.random(in: 0...1, using: &random)
            next[market] += Int.random(in: 0..<8, using: &random) == 0 ? Int64.random(in: 1...40, using: &random) : 0
            if next[market] <= run.newest { try run.hear(market, next[market]) }
            next[market] += 1
            if Int.random(in: 0..<10, using: &random) == 0 { try run.hear(market, min(run.newest, next[market] - 20)) }
            try run.pass(ms: Int64.random(in: 0...700, using: &random))
            if Int.random(in: 0..<3, using: &random) == 0 { try run.ask() }
            if Int.random(in: 0..<3, using: &random) == 0 { try run.answer(refusal(&random)) }
            if Int.random(in: 0..<60, using: &random) == 0 {
                try run.loseConnection()
                run.reconnect()
            }
        }
        try run.answer()
        try run.fillAll()
        try run.pass(ms: 1)
        #expect(run.writer.heldTrades == 0 && run.ticks.contains { $0.trade?.isBackfilled == true })
        try expectSame(run)
    }

    @Test("a recording from before questions were noted: filled trades once each, in the order of their ids")
    func olderRecording() throws {
        var run = LiveRun(isTelling: false)
        for id in [100_000, 100_001, 100_010, 100_011] as [Int64] { for market in 0...1 { try run.hear(market, id) } }
        try run.fillAll()
        try run.loseConnection()
        run.reconnect()
        for market in 0...1 { try run.hear(market, 100_100) }
        try run.fillAll()
        #expect(run.ticks.ids("BTC-USDT") == Array(100_000...100_100))
        for symbol in run.books.map(\.symbol) { #expect(try run.replay().trades(symbol) == run.ticks.trades(symbol)) }
    }

    @Test("what nothing in the recording brings is a gap, and what waits for it goes out behind that")
    func unanswered() throws {
        var run = LiveRun()
        try run.hear(0, 500_000)
        try run.hear(0, 500_010)
        try run.hear(0, 500_011)
        try run.ask()
        #expect(run.ticks.ids("BTC-USDT") == [500_000])
        let played = try run.replay()
        #expect(played.ids("BTC-USDT") == [500_000, 500_010, 500_011])
        let book = run.books[0]
        let gap = try #require(played.compactMap(\.gap).last)
        #expect(gap == Tick.Gap(from: book.timeMs(500_000), to: book.timeMs(500_010), reason: "missed"))
        #expect(played.map { $0.gap == nil } == [true, false, true, true])
    }

    @Test("what the first run left behind the second one asks for: each trade once, and the gaps of both")
    func secondRun() throws {
        var run = LiveRun()
        for id in [500_000, 500_001, 500_010, 500_011] as [Int64] { try run.hear(0, id) }
        try run.ask()
        try run.stop()
        #expect(run.ticks.ids("BTC-USDT") == [500_000, 500_001])
        var second = LiveRun(after: 500_001)
        try second.hear(0, 500_020)
        try second.fillAll()
        run.append(second)
        #expect(run.ticks.ids("BTC-USDT") == Array(500_000...500_020))
        try expectSame(run)
        // Without a word of what was known the replay knows it by itself.
        var older = LiveRun(isTelling: false)
        for id in [500_000, 500_001] as [Int64] { try older.hear(0, id) }
        var last = LiveRun(after: 500_001, isTelling: false)
        try last.hear(0, 500_020)
        try last.fillAll()
        older.append(last)
        #expect(try older.replay().trades("BTC-USDT") == older.ticks.trades("BTC-USDT"))
    }

    @Test("a venue that never answers is given up after its time, as live, not only at the end of the file")
    func givenUp() throws {
        var run = LiveRun()
        try run.hear(0, 500_000)
        try run.hear(0, 500_010)
        for id in 500_011...501_000 {
            try run.hear(0, Int64(id))
            try run.hear(1, Int64(id))
            try run.pass(ms: 400)
            try run.ask()
            try run.answer { _ in nil }
        }
        #expect(run.writer.heldTrades == 0 && run.ticks.ids("BTC-USDT").count == 992)
        try expectSame(run)
        // The other market does not wait until the end of the file for it.
        let played = try run.replay().filter { $0.trade != nil }
        #expect(
            played.last?.series.symbol == "ETH-USDT" || played.suffix(10).contains { $0.series.symbol == "ETH-USDT" })
    }

    @Test("more than fits into memory waits on the disk, and without a disk becomes a gap; memory stays bounded")
    func bounded() throws {
        var run = LiveRun()
        try run.hear(0, 500_000)
        for id in 500_010...509_999 { try run.hear(0, Int64(id)) }
        try run.fillAll()
        #expect(run.ticks.ids("BTC-USDT") == Array(500_000...509_999))
        try expectSame(run)
        let small = try run.replay(DiskQuota(bytes: 0, folder: ""))
        let ids = small.ids("BTC-USDT")
        #expect(Set(ids).count == ids.count && ids.count > 1_000 && small.gaps("BTC-USDT").count >= 2)
    }

    @Test("moved, and played again: every lap has the filled trades too, at its own times and under its own ids")
    func laps() throws {
        var run = LiveRun()
        // The newest one is 1,000,000: what is asked for is short.
        for id in [999_900, 999_910, 999_911] as [Int64] { try run.hear(0, id) }
        try run.fillAll()
        let scratch = try Scratch()
        let path = try scratch.file("day.jsonl", String(decoding: run.text.bytes, as: UTF8.self))
        let clock = ManualClock(wallMs: LiveRun.startMs + 600_000)
        var feed = try ReplayFeed<ManualClock>(
            .init(files: [path], speed: .unlimited, shift: .beginsNow, loops: true), clock: clock)
        let ticks = try drain(&feed, limit: 26, polls: 2_000).ticks
        let trades = ticks.filter { $0.trade != nil }
        let times = (999_900...999_911).map { run.books[0].timeMs($0) + 600_000 }
        #expect(trades.prefix(24).map(\.eventTime) == times + times.map { $0 + 60_000 })
        #expect(trades.prefix(2).compactMap(\.trade?.tradeID) == ["999900@10", "999901@10"])
        #expect(trades.dropFirst(12).first?.trade?.tradeID == "999900@10#1")
        #expect(trades.prefix(24).count { $0.trade?.isBackfilled == true } == 18)
    }

    @Test("recordings of other tools have no runs: answers in them are nothing, repeats stay")
    func strangers() throws {
        var run = LiveRun()
        for id in [500_000, 500_000, 500_010] as [Int64] { try run.hear(0, id) }
        try run.fillAll()
        var lines = String(decoding: run.text.bytes, as: UTF8.self).split(separator: "\n")
        lines.removeFirst()
        let scratch = try Scratch()
        let path = try scratch.file("day.jsonl", lines.joined(separator: "\n"))
        var feed = try ReplayFeed<ManualClock>(.init(files: [path], speed: .unlimited), clock: ManualClock())
        let (ticks, events) = try drain(&feed)
        #expect(ticks.ids("BTC-USDT") == [500_000, 500_000, 500_010] && ticks.count == 3 && events.count == 1)
    }
}
