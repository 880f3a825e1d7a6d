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
}
