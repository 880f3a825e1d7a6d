import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

/// A writer that follows one market, and the backfill of what it lacks.
private struct Follower {
    static let wall: Int64 = 1_790_000_000_000

    var book: BinanceBook
    var writer = TickWriter()
    var decoder = Binance(anySymbol: false)
    var backfill = Backfill(BackfillByID(BinanceHistory(key: nil)), pace: RequestPace(spacingMs: 300))
    var events: [FeedEvent] = []
    var ticks: [Tick] = []
    var clockMs: Int64 = 0
    let series: SeriesID

    init(
        _ book: BinanceBook, after: Int64? = nil, historyFromMs: Int64? = nil,
        quota: DiskQuota = DiskQuota(bytes: 1 << 24, folder: NSTemporaryDirectory())
    ) {
        self.book = book
        writer.continuity.policy = BackfillPolicy(quota: quota, horizonMs: 90_000_000)
        decoder.add(symbol: book.symbol, to: &writer)
        series = writer.series.intern(Series(source: "binance", symbol: book.symbol))
        if after == nil { writer.gaps.open(series, .start) }
        writer.continuity.follow(
            series, after: after.map { ($0, book.timeMs($0)) }, historyFromMs: historyFromMs, nowMs: Self.wall)
    }

    var now: Moment { Moment(monotonic: clockMs, wall: Self.wall + clockMs) }

    mutating func hear(_ id: Int64) throws {
        _ = try decoder.decode(book.frame(id).span.bytes, receivedMs: max(now.wall, book.timeMs(id)), into: &writer)
    }

    /// Lets the backfill work until nothing is to be done; `answer` may spoil what the venue says.
    mutating func fill(
        untilID: Int64, openMs: Int64? = 60_000, _ answer: (VenueResponse) -> VenueResponse = { $0 }
    ) throws {
        for _ in 0..<10_000 {
            let isMore = writer.continuity.settle(nowMs: now.wall)
            ticks += try writer.batch.ticks()
            writer.batch.removeAll()
            switch backfill.next(&writer, openMs: openMs, at: now, events: &events) {
            case .idle: if !isMore { return }
            case .wait(let ms): clockMs += ms
            case .send(let request):
                backfill.answered(
                    answer(book.answer(request, untilID: untilID)), at: now, into: &writer, events: &events)
            }
        }
        Issue.record("it does not end")
    }

    var ids: [Int64] { ticks.compactMap { $0.trade.flatMap { Int64($0.tradeID) } } }
    var gaps: [Tick.Gap] { ticks.compactMap(\.gap) }
    var backfilled: [Int64] {
        ticks.compactMap { tick in tick.trade.flatMap { $0.isBackfilled ? Int64($0.tradeID) : nil } }
    }
}

@Suite("Missing trades are asked for by their numbers")
struct BackfillByIDTests {
    private func book(_ ids: Range<Int64> = 0..<100_000, absent: Set<Int64> = []) -> BinanceBook {
        BinanceBook(
            symbol: "BTC-USDT", ids: ids, startMs: Follower.wall - 40_000_000, stepMs: 400, absent: absent)
    }

    @Test(
        "whatever is lost, repeated or late on the way, every trade goes out once, in order, with no gap",
        arguments: UInt64(0)..<40)
    func everything(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var follower = Follower(book())
        let first: Int64 = 5_000
        var id = first
        try follower.hear(id)
        let count = Int.random(in: 100...1_000, using: &random)
        let loss = Double.random(in: 0...0.3, using: &random)
        for _ in 0..<count {
            let step =
                Double.random(in: 0..<1, using: &random) < loss
                ? Int64.random(in: 2...(seed % 10 == 0 ? 1_500 : 20), using: &random) : 1
            if id + step >= 99_000 { break }
            id += step
            try follower.hear(id)
            // The venue sends some again.
            if Int.random(in: 0..<10, using: &random) == 0 {
                try follower.hear(Int64.random(in: max(first, id - 50)...id, using: &random))
            }
            if Int.random(in: 0..<20, using: &random) == 0 { try follower.fill(untilID: id + 1) }
        }
        try follower.fill(untilID: id + 1)
        #expect(follower.ids == Array(first...id))
        #expect(follower.gaps.allSatisfy { $0.reason == "start" || $0.reason == "missed" })
        #expect(follower.writer.continuity.pendingTrades == 0 && follower.writer.continuity.holes.isEmpty)
        #expect(follower.events.allSatisfy { if case .unfilled = $0 { false } else { true } })
    }

    @Test("what the venue does not have is a gap between its neighbours; a straggler is taken all the same")
    func absent() throws {
        var follower = Follower(book(absent: [103, 104]))
        try follower.hear(100)
        try follower.hear(110)
        try follower.fill(untilID: 111)
        #expect(follower.ids == [100, 101, 102, 105, 106, 107, 108, 109, 110])
        #expect(follower.backfilled == [101, 102, 105, 106, 107, 108, 109])
        let gap = try #require(follower.gaps.last)
        #expect(gap.from == follower.book.timeMs(102) && gap.to == follower.book.timeMs(105))
        try follower.hear(104)
        try follower.hear(104)
        try follower.fill(untilID: 111)
        #expect(follower.ids.last == 104 && follower.ids.count { $0 == 104 } == 1)
    }

    @Test("trades wait while others are missing before them, and go out behind them")
    func held() throws {
        var follower = Follower(book())
        try follower.hear(1)
        for id in Int64(5)..<2_000 { try follower.hear(id) }
        #expect(try follower.writer.batch.ticks().compactMap(\.trade?.tradeID) == ["1"])
        #expect(follower.writer.continuity.pendingTrades == 1_995)
        try follower.fill(untilID: 2_000)
        #expect(follower.ids == Array(1..<2_000))
        #expect(follower.backfilled == [2, 3, 4])
    }

    @Test("a venue that answers with errors for too long: a gap, and the trades that waited")
    func givenUp() throws {
        for status in [500, 429] {
            var follower = Follower(book())
            try follower.hear(1)
            try follower.hear(5)
            try follower.fill(untilID: 6) { _ in VenueResponse(status: status, body: Array("<html>".utf8)) }
            #expect(follower.ids == [1, 5])
            #expect(
                follower.gaps.last
                    == Tick.Gap(
                        from: follower.book.timeMs(1), to: follower.book.timeMs(5), reason: "missed"))
            #expect(follower.clockMs <= BackfillByID.patienceMs)
        }
    }

    @Test("what had come before the venue stopped answering is no hole: it is a repeat, the rest is welcome")
    func halfFilled() throws {
        var follower = Follower(book())
        try follower.hear(1)
        try follower.hear(3_000)
        var answers = 0
        try follower.fill(untilID: 3_001) { answer in
            answers += 1
            return answers == 1 ? answer : VenueResponse(status: 503, body: [])
        }
        #expect(follower.ids == Array(1...1_000) + [3_000])
        let gap = Tick.Gap(from: follower.book.timeMs(1_000), to: follower.book.timeMs(3_000), reason: "missed")
        #expect(follower.gaps.last == gap)
        for id in [Int64(500), 1_000, 2_500, 2_500] { try follower.hear(id) }
        try follower.fill(untilID: 3_001)
        #expect(follower.ids == Array(1...1_000) + [3_000, 2_500])
    }

    @Test("a few trades are asked for after any time, many only after a short one")
    func longAgo() throws {
        for (missing, isFilled) in [(Int64(900), true), (5_000, false)] {
            var follower = Follower(
                BinanceBook(symbol: "BTC-USDT", ids: 0..<100_000, startMs: 1_200_000_000_000, stepMs: 100_000_000))
            try follower.hear(10)
            try follower.hear(11 + missing)
            try follower.fill(untilID: 12 + missing)
            #expect(follower.ids.count == (isFilled ? Int(missing) + 2 : 2))
            #expect(follower.gaps.contains { $0.reason == "missed" } == !isFilled)
        }
    }

    @Test("without a key the newest trades are taken, and the rest is a gap")
    func recent() throws {
        var follower = Follower(book())
        try follower.hear(1)
        try follower.hear(3_000)
        var asked = 0
        try follower.fill(untilID: 3_001) { answer in
            asked += 1
            if asked > 1 { return answer }
            return VenueResponse(status: 401, body: Array(#"{"code":-2014,"msg":"API-key format invalid."}"#.utf8))
        }
        #expect(follower.ids == [1] + Array(2_001...3_000))
        #expect(
            follower.gaps.last
                == Tick.Gap(
                    from: follower.book.timeMs(1), to: follower.book.timeMs(2_001), reason: "missed"))
    }

    @Test("a REST interface that numbers its trades otherwise is not believed")
    func otherNumbers() throws {
        var follower = Follower(book())
        try follower.hear(1)
        try follower.hear(5)
        let other = BinanceBook(symbol: "BTC-USDT", ids: 0..<100, startMs: 1_600_000_000_000, stepMs: 10)
        try follower.fill(untilID: 6) { _ in
            var other = other
            return other.answer(VenueRequest("https://x/?fromId=1&limit=100"), untilID: 100)
        }
        #expect(follower.ids == [1, 5])
        #expect(follower.gaps.count == 2)
    }

    @Test("after a restart the last trade on record tells what is missing, whether or not another one comes")
    func restart() throws {
        var follower = Follower(book(), after: 99_000)
        try follower.hear(99_500)
        try follower.fill(untilID: 99_501)
        #expect(follower.ids == Array(99_001...99_500) && follower.gaps.isEmpty)
        var quiet = Follower(book(), after: 99_000)
        quiet.clockMs += 2_000
        try quiet.fill(untilID: 99_300)
        #expect(quiet.ids == Array(99_001..<99_300) && quiet.gaps.isEmpty)
        try quiet.hear(99_299)
        try quiet.hear(99_300)
        try quiet.fill(untilID: 99_301)
        #expect(quiet.ids == Array(99_001...99_300) && quiet.gaps.isEmpty)
    }

    @Test("a quiet market is asked about once after a reconnect, and what the venue says is believed: no gap")
    func quietMarket() throws {
        var follower = Follower(book())
        try follower.hear(50_000)
        try follower.fill(untilID: 50_001)
        follower.ticks.removeAll()
        follower.writer.beginOutages(.disconnect, nowMs: follower.now.wall)
        follower.clockMs += 2_000
        for _ in 0..<50 {
            try follower.fill(untilID: 50_001)
            follower.clockMs += 1_000
        }
        #expect(follower.book.requests == 1 && follower.ticks.isEmpty)
        // Disconnected again, for longer than quiet windows stay open: announced once, filled all the same.
        follower.writer.beginOutages(.disconnect, nowMs: follower.now.wall)
        for _ in 0..<50 {
            follower.clockMs += 1_000
            try follower.fill(untilID: 50_001, openMs: nil)
        }
        #expect(follower.book.requests == 1 && follower.gaps.count == 1)
        try follower.fill(untilID: 50_010)
        #expect(follower.ids == Array(50_001..<50_010) && follower.gaps.count == 1)
    }

    @Test("history without a key is what can be had; what was on record before is a gap up to it")
    func keylessHistory() throws {
        let refusal = VenueResponse(status: 401, body: Array(#"{"code":-2014,"msg":"API-key format invalid."}"#.utf8))
        for isOnRecord in [true, false] {
            // On record: a trade from before the hour that would be filled in any case.
            var follower = Follower(
                BinanceBook(symbol: "BTC-USDT", ids: 0..<100_000, startMs: Follower.wall - 400_000_000, stepMs: 4_000),
                after: isOnRecord ? 100 : nil, historyFromMs: Follower.wall - 36_000_000)
            try follower.hear(99_990)
            var asked = 0
            try follower.fill(untilID: 99_991) { answer in
                asked += 1
                return asked == 1 ? refusal : answer
            }
            #expect(follower.ids == Array(98_991...99_990))
            let covered = follower.gaps.map { ($0.from, $0.to) }
            if isOnRecord {
                #expect(covered.first?.0 == follower.book.timeMs(100))
                #expect(covered.last?.1 == follower.book.timeMs(98_991))
                #expect(zip(covered, covered.dropFirst()).allSatisfy { $1.0 <= $0.1 }, "no hole between the gaps")
            } else {
                #expect(covered.count <= 1)
            }
        }
    }

    @Test("a first trade from the year 1, as Go writes no time at all, is taken like any other")
    func yearOne() throws {
        var writer = TickWriter()
        writer.continuity.policy = BackfillPolicy(quota: DiskQuota(bytes: 0, folder: "/"))
        var kraken = Kraken(anySymbol: false)
        kraken.add(symbol: "BTC-USD", to: &writer)
        let series = writer.series.intern(Series(source: "kraken", symbol: "BTC-USD"))
        writer.gaps.open(series, .start)
        writer.continuity.follow(series, after: nil, nowMs: Follower.wall)
        let frame =
            #"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":1.5,"qty":1,"ord_type":"market","trade_id":7,"timestamp":"0001-01-01T00:00:00Z"},{"symbol":"BTC/USD","side":"buy","price":1.5,"qty":1,"ord_type":"market","trade_id":9,"timestamp":"2026-09-21T00:00:00Z"}]}"#
        _ = try kraken.decode(Array(frame.utf8).span.bytes, receivedMs: Follower.wall, into: &writer)
        #expect(try writer.batch.ticks().compactMap(\.trade?.tradeID) == ["7"])
        #expect(writer.continuity.holes.map(\.count) == [1])
    }

    @Test("history begins at its time, before the first trade", arguments: [0.1, 1, 7, 10.5])
    func history(hours: Double) throws {
        var follower = Follower(book(), historyFromMs: Follower.wall - Int64(hours * 3_600_000))
        try follower.hear(99_990)
        try follower.hear(99_991)
        try follower.fill(untilID: 99_992)
        let since = Follower.wall - Int64(hours * 3_600_000)
        let first = (0..<Int64(100_000)).first { follower.book.timeMs($0) >= since } ?? 0
        #expect(follower.ids == Array(first...99_991))
        #expect(follower.book.requests <= 110)
        #expect(follower.gaps.count == 1, "the first minute is not whole")
    }

    @Test("where there is no room to wait, nothing is lost: it is asked for again")
    func noRoom() throws {
        let quota = DiskQuota(bytes: 0, folder: NSTemporaryDirectory())
        var follower = Follower(book(), quota: quota)
        try follower.hear(1)
        for id in Int64(3)..<12_000 { try follower.hear(id) }
        #expect(follower.writer.continuity.pendingTrades < 11_997)
        try follower.fill(untilID: 12_000)
        try follower.hear(12_000)
        try follower.fill(untilID: 12_001)
        #expect(follower.ids.sorted() == follower.ids && Set(follower.ids).count == follower.ids.count)
        let known = Set(follower.ids)
        for id in Int64(1)...12_000 where !known.contains(id) {
            let time = follower.book.timeMs(id)
            #expect(follower.gaps.contains { $0.from <= time && time <= $0.to }, "\(id)")
        }
    }

    @Test("what the disk loses of the trades that wait is in a gap, in their place")
    func lostOnDisk() throws {
        let scratch = try Scratch()
        var follower = Follower(book(), quota: DiskQuota(bytes: 1 << 24, folder: scratch.folder.path))
        follower.writer.continuity.policy?.memoryBytes = 4_000
        try follower.hear(1)
        for id in Int64(3)..<200 { try follower.hear(id) }
        try scratch.damageFile()
        for id in Int64(200)..<400 { try follower.hear(id) }
        try follower.fill(untilID: 400)
        let known = Set(follower.ids)
        #expect(follower.ids == follower.ids.sorted() && known.count < 399 && known.isSuperset(of: [1, 2, 3, 399]))
        let place = try #require(follower.ticks.firstIndex { $0.gap?.reason == "overflow" })
        let gap = try #require(follower.ticks[place].gap)
        for id in Int64(1)..<400 where !known.contains(id) {
            let time = follower.book.timeMs(id)
            #expect(gap.from < time && time < gap.to)
            #expect(follower.ticks[..<place].allSatisfy { $0.eventTime < time })
            #expect(follower.ticks[(place + 1)...].allSatisfy { $0.eventTime > time })
        }
        #expect(follower.writer.continuity.pendingTrades == 0 && follower.writer.counters.gaps == follower.gaps.count)
        #expect(follower.writer.counters.dropped == 399 - known.count)
        let lost = follower.writer.continuity.takeUnreadable()
        let again = follower.writer.continuity.takeUnreadable()
        #expect(lost?.count == 399 - known.count && lost?.reason.contains("damaged") == true && again == nil)
    }

    @Test("a venue that begins to count anew leaves a gap and is followed on")
    func renumbered() throws {
        var follower = Follower(book())
        try follower.hear(90_000)
        follower.book = BinanceBook(
            symbol: "BTC-USDT", ids: 0..<10, startMs: follower.book.timeMs(90_000) + 100_000, stepMs: 10)
        try follower.hear(1)
        try follower.hear(2)
        try follower.fill(untilID: 3)
        #expect(follower.ids == [90_000, 1, 2])
        #expect(follower.gaps.last?.reason == "renumbered")
    }

    @Test("one id that is far too large does not silence its series")
    func wrongID() throws {
        var follower = Follower(book())
        try follower.hear(90_000)
        let book = follower.book
        follower.book = BinanceBook(
            symbol: "BTC-USDT", ids: 0..<1, startMs: book.timeMs(90_000) + 1 - (1 << 40), stepMs: 1)
        try follower.hear(1 << 40)
        follower.book = book
        for id in Int64(90_001)...90_010 { try follower.hear(id) }
        try follower.fill(untilID: 90_011)
        #expect(follower.ids == [90_000, 1 << 40] + Array(90_001...90_010))
        #expect(follower.gaps.map(\.reason) == ["start", "renumbered", "renumbered"])
    }
}
