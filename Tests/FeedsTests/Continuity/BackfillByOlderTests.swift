import CryptoCore
import Feeds
import NetClient
import TestSupport
import Testing

@Suite("A venue that tells older trades too is asked for them, page by page")
struct BackfillByOlderTests {
    private static let book: BybitBook = {
        var book = BybitBook(.spot)
        var random = SplitMix64(seed: 5)
        for place in 0..<6_000 { book.happen(atMs: Recaller.wall - 100 + Int64(place) * 5, &random) }
        return book
    }()

    /// Heard up to the hundredth trade, then out of sight for so many, and connected again.
    private func back(after missing: Int) throws -> Recaller {
        var recaller = Recaller(Self.book, venue: PagedTrades())
        try recaller.hear(0..<100)
        _ = try recaller.step()
        recaller.lose()
        recaller.clockMs += 500
        recaller.open()
        try recaller.hear(100 + missing..<102 + missing)
        return recaller
    }

    private func ids(_ places: Range<Int>) -> [String] { Self.book.trades[places].map(\.id) }

    @Test(
        "until the trade that is known is met: nothing is missing, and the pages are 200 ms apart",
        arguments: [50, 300, 1_000, 2_500])
    func whole(missing: Int) throws {
        var recaller = try back(after: missing)
        try recaller.run(ms: 9_000, before: 102 + missing)
        #expect(recaller.ids == ids(0..<102 + missing))
        #expect(recaller.backfilled == ids(100..<100 + missing))
        // What takes longer than three seconds is announced.
        #expect(recaller.gaps.map(\.reason) == (missing > 2_000 ? ["start", "disconnect"] : ["start"]))
        let pages = (max(0, missing - 58) + 100) / 100  // the known one has to be on them
        #expect(recaller.requests.count == 1 + (missing > 57 ? pages : 0))
    }

    @Test("no trade waits longer than ten seconds: what was told by then goes out behind a gap")
    func endless() throws {
        var recaller = try back(after: 5_800)
        try recaller.run(ms: 9_500, before: 5_902)
        #expect(recaller.ids == ids(0..<100))
        try recaller.run(ms: 1_000, before: 5_902)
        let told = Array(recaller.ids.dropFirst(100))
        #expect(told.count > 4_000 && told == ids(5_902 - told.count..<5_902))
        let gap = try #require(recaller.gaps.last)
        #expect(gap.reason == "disconnect")
        #expect(gap.from <= Self.book.trades[99].timeMs && gap.to > Self.book.trades[5_902 - told.count - 1].timeMs)
        #expect(recaller.requests.count < 60)
    }

    @Test("pages that fail are asked for again, and what came before them is not lost")
    func failures() throws {
        var recaller = try back(after: 1_000)
        var count = 0
        try recaller.run(ms: 9_500, before: 1_102) { response in
            count += 1
            if count % 3 == 0 { response = VenueResponse(status: 502, body: Array("<html>".utf8)) }
        }
        #expect(recaller.ids == ids(0..<1_102) && recaller.gaps.count <= 2)
    }

    @Test("a venue that ends, refuses or repeats itself is believed: the newest go out behind a gap", arguments: 0..<3)
    func ends(way: Int) throws {
        var recaller = try back(after: 1_000)
        var first: VenueResponse?
        try recaller.run(ms: 9_500, before: 1_102) { response in
            guard let before = first else { return first = response }
            switch way {
            case 0: response = VenueResponse(status: 200, body: Array(#"{"retCode":0,"result":{"list":[]}}"#.utf8))
            case 1: response = VenueResponse(status: 200, body: Array(#"{"retCode":10001,"retMsg":"no"}"#.utf8))
            default: response = before
            }
        }
        #expect(recaller.ids == ids(0..<100) + ids(1_042..<1_102))
        #expect(recaller.gaps.count == 2 && recaller.requests.count == 2)
    }

    @Test("sight that is lost between pages begins the chain anew; every trade is there once")
    func lostAgain() throws {
        var recaller = try back(after: 1_000)
        try recaller.run(ms: 1_000, before: 1_102)
        recaller.lose()
        recaller.clockMs += 300
        recaller.open()
        try recaller.hear(1_202..<1_204)
        try recaller.run(ms: 9_000, before: 1_204)
        #expect(recaller.ids == ids(0..<1_204) && recaller.gaps.count <= 2)
    }

    @Test(
        "sight that is lost again before the venue refuses: what it told is written, and what comes behind that is asked for",
        arguments: [429, 502], [false, true])
    func refusedWhileAway(status: Int, isOpen: Bool) throws {
        var recaller = try back(after: 5_000)
        try recaller.run(ms: 500, before: 5_102)
        recaller.lose()
        try recaller.run(ms: 1_800, before: 5_202)
        #expect(recaller.ids == ids(0..<100))
        if isOpen { recaller.open() }
        try recaller.run(ms: isOpen ? 1_000 : 11_000, before: 5_202) { $0 = VenueResponse(status: status, body: []) }
        if !isOpen { recaller.open() }
        try recaller.hear(5_402..<5_404)
        try recaller.run(ms: 12_000, before: 5_404)
        #expect(Set(recaller.ids).count == recaller.ids.count && recaller.writer.continuity.pendingTrades == 0)
        let known = Set(recaller.ids)
        for trade in Self.book.trades[..<5_404] where !known.contains(trade.id) {
            #expect(recaller.gaps.contains { $0.from <= trade.timeMs && trade.timeMs <= $0.to }, "lost")
        }
        // A pause of ten seconds is too long for a second hole as well.
        if status == 502, !isOpen { #expect(recaller.ids.suffix(300) == ids(5_104..<5_404)) }
    }

    @Test("without a connection a few pages are asked for; what is longer is left until there is one")
    func busyWhileAway() throws {
        var recaller = Recaller(Self.book, venue: PagedTrades())
        try recaller.hear(0..<100)
        _ = try recaller.step()
        recaller.lose()
        try recaller.run(ms: 8_000, before: 4_000)
        #expect(recaller.ids == ids(0..<100) && recaller.requests.count == 10)
        recaller.open()
        try recaller.hear(4_030..<4_032)
        try recaller.run(ms: 9_500, before: 4_032)
        #expect(recaller.ids == ids(0..<4_032))
    }

    @Test("where all markets together were told too much, no more pages are asked for")
    func toldTooMuch() throws {
        var recaller = try back(after: 3_000)
        recaller.backfill = Backfill(
            BackfillByNewest(PagedTrades(), toldLimit: 500), pace: RequestPace(spacingMs: PagedTrades().spacingMs))
        try recaller.run(ms: 9_000, before: 3_102)
        let told = Array(recaller.ids.dropFirst(100))
        #expect((200...600).contains(told.count) && told == ids(3_102 - told.count..<3_102))
        #expect(recaller.reasons == ["more is missing than the venue tells"])
    }

    @Test("a quiet market whose older trades are refused leaves a gap: they may be others")
    func quietAndRefused() throws {
        var recaller = Recaller(Self.book, venue: PagedTrades())
        try recaller.hear(0..<100)
        _ = try recaller.step()
        recaller.lose()
        recaller.openedMs = recaller.clockMs - 1_000
        recaller.clockMs += 1_000
        var count = 0
        try recaller.run(ms: 5_000, before: 400) { response in
            count += 1
            if count > 1 { response.body = Array(#"{"retCode":10001,"retMsg":"no"}"#.utf8) }
        }
        #expect(recaller.ids == ids(0..<100) && recaller.reasons.count == 1)
        try recaller.hear(400..<410)
        try recaller.send()
        #expect(recaller.ids == ids(0..<100) + ids(400..<410))
        let gap = try #require(recaller.gaps.last)
        #expect(gap.from == Self.book.trades[99].timeMs && gap.to >= Self.book.trades[400].timeMs)
    }
}
