import CryptoCore
import Feeds
import Foundation
import NetClient
import TestSupport
import Testing

@Suite("A venue that tells its newest trades only is asked for those after a loss of sight")
struct BackfillByNewestTests {
    private func book(_ count: Int = 400, _ category: Bybit.Category = .spot, stepMs: Int64 = 20) -> BybitBook {
        var book = BybitBook(category)
        var random = SplitMix64(seed: 5)
        for place in 0..<count { book.happen(atMs: Recaller.wall - 100 + Int64(place) * stepMs, &random) }
        return book
    }

    /// Heard up to `place`, then out of sight.
    private func lost(before place: Int, _ book: BybitBook, gate: RateLimiter = RateLimiter()) throws -> Recaller {
        var recaller = Recaller(book, gate: gate)
        try recaller.hear(0..<place)
        _ = try recaller.step()
        recaller.lose()
        return recaller
    }

    private func ids(_ recaller: Recaller, _ places: Range<Int>) -> [String] { recaller.book.trades[places].map(\.id) }

    @Test("what an answer holds is written in order before the trades that waited, and leaves no gap")
    func filled() throws {
        for category in Bybit.Category.allCases {
            var recaller = try lost(before: 100, book(400, category))
            recaller.clockMs += 600
            recaller.open()
            try recaller.hear(130..<132)
            #expect(recaller.writer.continuity.pendingTrades == 2)
            try recaller.run(ms: 100, before: 134)
            try recaller.hear(132..<140)
            try recaller.run(ms: 100, before: 140)
            #expect(recaller.ids == ids(recaller, 0..<140))
            #expect(recaller.backfilled == ids(recaller, 100..<130) + ids(recaller, 132..<134))
            #expect(recaller.gaps.map(\.reason) == ["start"] && recaller.requests.count == 1)
            #expect(recaller.events == [.filled(symbol: "BTC-USDT", trades: 32)])
            #expect(recaller.writer.continuity.pendingTrades == 0 && recaller.writer.continuity.holes.isEmpty)
            // Now it is a series like any other.
            try recaller.hear(140..<141)
            #expect(recaller.writer.batch.count == 1)
        }
    }

    @Test("while the connection is away a series is asked about, and a long absence is whole all the same")
    func away() throws {
        var recaller = try lost(before: 100, book(4_000))
        for second in 0..<60 { try recaller.run(ms: 1_000, before: 150 + second * 50) }
        #expect(recaller.requests.count >= 50 && recaller.requests.count <= 61)
        recaller.open()
        try recaller.hear(3_110..<3_120)
        try recaller.run(ms: 100, before: 3_120)
        #expect(recaller.ids == ids(recaller, 0..<3_120))
        #expect(recaller.gaps.map(\.reason) == ["start"])
    }

    @Test("an answer that does not reach back is written all the same; the gap covers its oldest millisecond")
    func cut() throws {
        var recaller = try lost(before: 100, book())
        _ = try recaller.step()  // without an answer
        recaller.backfill.failed("cut", at: recaller.now, into: &recaller.writer, events: &recaller.events)
        recaller.clockMs += 3_000
        recaller.open()
        try recaller.hear(250..<251)
        try recaller.run(ms: 100, before: 260)
        #expect(recaller.ids == ids(recaller, 0..<100) + ids(recaller, 200..<260))
        let gap = try #require(recaller.gaps.last)
        #expect(gap.from == recaller.book.trades[99].timeMs && gap.to == recaller.book.trades[200].timeMs + 1)
        #expect(gap.reason == "disconnect")
    }

    @Test("an answer that is older than the stream is asked for again")
    func behind() throws {
        var recaller = try lost(before: 100, book())
        recaller.clockMs += 500
        recaller.open()
        try recaller.hear(130..<132)
        try recaller.run(ms: 20, before: 110)
        #expect(recaller.writer.continuity.pendingTrades == 2)
        try recaller.run(ms: 1_000, before: 140)
        #expect(recaller.requests.count == 2)
        #expect(recaller.ids == ids(recaller, 0..<140) && recaller.gaps.count == 1)
    }

    @Test("a quiet market is asked about a moment after the connection stands, and is whole without a trade")
    func quiet() throws {
        var recaller = try lost(before: 100, book())
        recaller.open()
        try recaller.run(ms: 10_000, before: 103)
        #expect(recaller.requests.count == 1)
        try recaller.hear(101..<110)
        try recaller.run(ms: 10, before: 110)
        #expect(recaller.ids == ids(recaller, 0..<110) && recaller.gaps.count == 1)
        #expect(recaller.backfilled == ids(recaller, 100..<103))
    }

    @Test("a quiet market whose newest trades do not reach back leaves a gap: they may be others")
    func quietAndCut() throws {
        var recaller = try lost(before: 100, book())
        _ = try recaller.step()  // without an answer
        recaller.backfill.failed("cut", at: recaller.now, into: &recaller.writer, events: &recaller.events)
        recaller.open()
        try recaller.run(ms: 10_000, before: 300)
        try recaller.hear(300..<302)
        try recaller.send()
        #expect(recaller.ids == ids(recaller, 0..<100) + ids(recaller, 300..<302))
        let gap = try #require(recaller.gaps.last)
        #expect(gap.from == recaller.book.trades[99].timeMs && gap.to >= recaller.book.trades[300].timeMs)
    }

    @Test("the last trade that came is not told, but the newest is: what is newer is written behind a gap")
    func knownIsNotTold() throws {
        var recaller = try lost(before: 100, book())
        let known = recaller.book.trades[99].id
        recaller.clockMs += 500
        recaller.open()
        try recaller.hear(130..<132)
        try recaller.run(ms: 1_000, before: 132) { response in
            let text = String(decoding: response.body, as: UTF8.self)
            response.body = Array(text.replacing(known, with: "2290000000000000001").utf8)
        }
        #expect(recaller.ids == ids(recaller, 0..<132) && recaller.backfilled == ids(recaller, 100..<130))
        let gap = try #require(recaller.gaps.last)
        #expect(gap.from == recaller.book.trades[99].timeMs && gap.to == recaller.book.trades[100].timeMs + 1)
    }

    @Test("after a restart the last trade of the topic is where it begins; what came twice is dropped")
    func restart() throws {
        var recaller = Recaller(book(), after: nil)
        recaller = Recaller(recaller.book, after: recaller.known(99))
        recaller.open()
        try recaller.hear(98..<102)
        try recaller.hear(120..<122)
        try recaller.run(ms: 50, before: 125)
        #expect(recaller.ids == ids(recaller, 100..<125) && recaller.gaps.isEmpty)
        // Too long ago: a gap from there on, as its opener says.
        var old = recaller.known(99)
        old.timeMs -= 4_000_000
        var late = Recaller(recaller.book, after: old)
        try late.hear(120..<122)
        try late.run(ms: 50, before: 125)
        #expect(late.gaps.map(\.from) == [old.timeMs] && late.requests.isEmpty)
    }

    @Test(
        "what is no answer is a gap, as without asking, after a few seconds",
        arguments: [
            (500, "<html>"), (200, "<html>"), (200, "{}"), (200, #"{"retCode":0,"result":{"list":[]}}"#),
            (200, #"{"retCode":10016,"retMsg":"server error"}"#), (200, #"{"retCode":10001,"retMsg":"bad"}"#),
            (200, #"{"retCode":10029,"retMsg":"invalid symbol"}"#), (403, "access too frequent"), (429, ""),
            (200, #"{"retCode":10006,"retMsg":"Too many visits!"}"#), (404, ""),
        ])
    func refused(status: Int, body: String) throws {
        var recaller = try lost(before: 100, book())
        recaller.clockMs += 500
        recaller.open()
        try recaller.hear(130..<132)
        try recaller.run(ms: 5_000, before: 140) { $0 = VenueResponse(status: status, body: Array(body.utf8)) }
        #expect(recaller.writer.continuity.pendingTrades == 0 && recaller.reasons.count == 1)
        #expect(recaller.ids == ids(recaller, 0..<100) + ids(recaller, 130..<132))
        let gap = try #require(recaller.gaps.last)
        #expect(gap.from == recaller.book.trades[99].timeMs && gap.to >= recaller.book.trades[130].timeMs)
        #expect(recaller.requests.count < 15)
    }

    @Test("an answer that does not come is not waited for, and means nothing when it comes")
    func late() throws {
        var recaller = try lost(before: 100, book())
        recaller.open()
        try recaller.hear(130..<132)
        #expect(try recaller.step() != nil)
        recaller.clockMs += BackfillByNewest.patienceMs + 1
        #expect(try recaller.step() == nil)
        #expect(recaller.ids == ids(recaller, 0..<100) + ids(recaller, 130..<132) && recaller.gaps.count == 2)
        recaller.answer(recaller.book.answer(before: 140, limit: 60))
        _ = try recaller.step()
        #expect(recaller.ids.count == 102)
    }

    @Test("other ids, or another trade by the same id: the answer is not believed")
    func otherIDs() throws {
        let book = book()
        let known = book.trades[99]
        for change in [
            { (text: String) in text.replacingOccurrences(of: #""execId":"2"#, with: #""execId":"9"#) },
            { $0.replacingOccurrences(of: #""price":"\#(known.price)""#, with: #""price":"1.5""#) },
            { $0.replacingOccurrences(of: "\"time\":\"\(known.timeMs)\"", with: "\"time\":\"\(known.timeMs + 1)\"") },
            { $0.replacingOccurrences(of: "Buy", with: "Sel").replacingOccurrences(of: "Sell", with: "Buy") },
        ] {
            var recaller = try lost(before: 100, book)
            recaller.clockMs += 500
            recaller.open()
            try recaller.hear(130..<132)
            try recaller.run(ms: 5_000, before: 140) { response in
                response.body = Array(change(String(decoding: response.body, as: UTF8.self)).utf8)
            }
            #expect(recaller.ids == ids(recaller, 0..<100) + ids(recaller, 130..<132))
            #expect(recaller.gaps.count == 2 && recaller.backfilled.isEmpty && recaller.reasons.count == 1)
        }
    }

    @Test("a refusal for ten minutes is obeyed by all that share the gate")
    func banned() throws {
        let gate = RateLimiter()
        var recaller = try lost(before: 100, book(), gate: gate)
        recaller.open()
        try recaller.hear(130..<132)
        try recaller.run(ms: 1_000, before: 140) { $0 = VenueResponse(status: 403, body: []) }
        #expect(recaller.events.first == .backfillLimited(waitMs: 600_000))
        var other = try lost(before: 100, book(), gate: gate)
        try other.run(ms: 60_000, before: 140)
        other.open()
        try other.hear(130..<132)
        try other.run(ms: 100, before: 140)
        #expect(other.requests.isEmpty && other.reasons.count == 1 && other.writer.continuity.pendingTrades == 0)
    }

    @Test("sight lost again while trades wait: one answer fills both holes")
    func twice() throws {
        var recaller = try lost(before: 100, book())
        recaller.open()
        try recaller.hear(110..<112)
        #expect(try recaller.step() != nil)
        recaller.lose()
        recaller.answer(recaller.book.answer(before: 115, limit: 60))
        recaller.clockMs += 400
        recaller.open()
        try recaller.hear(120..<122)
        try recaller.run(ms: 500, before: 122)
        #expect(recaller.ids == ids(recaller, 0..<122))
        #expect(recaller.gaps.map(\.reason) == ["start"])
    }

    @Test("a market that is not subscribed is asked about while the others are; a refusal meanwhile gives up nothing")
    func unsubscribed() throws {
        var recaller = try lost(before: 100, book(4_000))
        recaller.open()
        func pass(second: Int, _ change: (inout VenueResponse) -> Void = { _ in }) throws {
            recaller.writer.beginOutage(recaller.series, .refused, nowMs: recaller.now.wall)
            try recaller.run(ms: 1_000, before: 110 + second * 20, change)
        }
        for second in 0..<30 { try pass(second: second) }
        #expect((15...20).contains(recaller.requests.count) && recaller.ids.count > 600)
        // The answers end nothing: what the last one could not hold yet is asked for behind the first trade.
        try recaller.hear(720..<722)
        try recaller.run(ms: 500, before: 722)
        #expect(recaller.ids == ids(recaller, 0..<722) && recaller.gaps.map(\.reason) == ["start"])
        for _ in 0..<8 { try pass(second: 31) { $0 = VenueResponse(status: 429, body: []) } }
        #expect(recaller.reasons.isEmpty && recaller.requests.count <= 25)
    }

    @Test("what finds no room to wait is in a gap, be it one trade or thousands", arguments: [0, 1, 40, 9_000])
    func noRoom(more: Int) throws {
        var recaller = Recaller(book(12_000, stepMs: 1), quota: DiskQuota(bytes: 0, folder: NSTemporaryDirectory()))
        try recaller.hear(0..<10)
        _ = try recaller.step()
        recaller.lose()
        recaller.open()
        var next = 20
        var held = -1
        while recaller.writer.continuity.pendingTrades > held {
            held = recaller.writer.continuity.pendingTrades
            try recaller.hear(next..<next + 1)
            next += 1
        }
        for place in next..<next + more { try recaller.hear(place..<place + 1) }
        next += more
        try recaller.run(ms: 10_000, before: next)
        try recaller.hear(next..<next + 1)
        try recaller.run(ms: 10_000, before: next + 1)
        #expect(Set(recaller.ids).count == recaller.ids.count && recaller.writer.continuity.pendingTrades == 0)
        let known = Set(recaller.ids)
        #expect(known.count < next)
        for trade in recaller.book.trades[...next] where !known.contains(trade.id) {
            #expect(recaller.gaps.contains { $0.from <= trade.timeMs && trade.timeMs <= $0.to })
        }
    }

    @Test("a venue that never answers is soon not waited for, market by market")
    func noAnswer() throws {
        var recaller = try lost(before: 100, book(4_000))
        recaller.open()
        var waits: [Int64] = []
        for round in 0..<8 {
            let start = 200 + round * 100
            try recaller.hear(start..<start + 2)
            let sinceMs = recaller.clockMs
            while recaller.writer.continuity.pendingTrades > 0, recaller.clockMs - sinceMs < 20_000 {
                _ = try recaller.step()
                recaller.clockMs += 10
            }
            waits.append(recaller.clockMs - sinceMs)
            try recaller.send()
            recaller.lose()
            recaller.open()
        }
        #expect(waits.allSatisfy { $0 <= 2 * BackfillByNewest.patienceMs + 500 }, "\(waits)")
        #expect(waits.dropFirst(5).contains { $0 < 100 }, "\(waits)")
        #expect(recaller.writer.continuity.pendingTrades == 0 && !recaller.ids.isEmpty)
    }

    @Test("a stop does not keep back what waits")
    func stop() throws {
        var recaller = try lost(before: 100, book())
        recaller.open()
        try recaller.hear(130..<132)
        recaller.writer.continuity.abandonPending(nowMs: recaller.now.wall)
        _ = try recaller.step()
        #expect(recaller.ids == ids(recaller, 0..<100) + ids(recaller, 130..<132))
        #expect(recaller.gaps.count == 2 && recaller.writer.continuity.pendingTrades == 0)
    }
}
