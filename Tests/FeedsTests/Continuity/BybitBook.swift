import CryptoCore
import Feeds
import Foundation
import NetClient
import TestSupport

/// What happened on one market of Bybit, as its socket and its REST interface tell it.
struct BybitBook {
    struct Trade {
        let id: String
        let timeMs: Int64
        let isBuy: Bool
        let price: String
    }

    static let symbol = "BTC-USDT"
    let category: Bybit.Category
    private(set) var trades: [Trade] = []

    init(_ category: Bybit.Category) { self.category = category }

    /// The next trade; its id says nothing about its place.
    mutating func happen(atMs timeMs: Int64, _ random: inout SplitMix64) {
        let high = random.next()
        let low = random.next()
        let hex = String(repeating: "0", count: 16 - String(high, radix: 16).count) + String(high, radix: 16)
        let id =
            category == .spot
            ? "22\(100_000_000_000_000_000 + high % 900_000_000_000_000_000)"
            : "\(hex.prefix(8))-82bc-50de-be60-\(hex.suffix(8))03ee"
        trades.append(
            Trade(id: id, timeMs: timeMs, isBuy: low & 1 == 0, price: "\(60_000 + low % 1_000).\(low % 90 + 10)"))
    }

    /// A frame of the stream.
    func frame(_ places: Range<Int>) -> [UInt8] {
        let items = trades[places].map { trade in
            #"{"i":"\#(trade.id)","T":\#(trade.timeMs),"p":"\#(trade.price)","v":"0.5","S":"\#(trade.isBuy ? "Buy" : "Sell")","seq":1,"s":"BTCUSDT","BT":false,"RPI":false}"#
        }
        return Array(
            #"{"topic":"publicTrade.BTCUSDT","ts":1,"type":"snapshot","data":[\#(items.joined(separator: ","))]}"#.utf8)
    }

    /// The answer to a request of `BybitRecentTrades`: the newest trades before `end`, the newest first.
    func answer(before end: Int, limit: Int, _ change: (inout String) -> Void = { _ in }) -> VenueResponse {
        let items = trades[max(0, end - limit)..<end].reversed().map { trade in
            #"{"execId":"\#(trade.id)","symbol":"BTCUSDT","price":"\#(trade.price)","size":"0.5","side":"\#(trade.isBuy ? "Buy" : "Sell")","time":"\#(trade.timeMs)","isBlockTrade":false,"isRPITrade":true,"seq":"123456"}"#
        }
        var body =
            #"{"retCode":0,"retMsg":"OK","result":{"category":"\#(category.rawValue)","list":[\#(items.joined(separator: ","))]},"retExtInfo":{},"time":1672053054358}"#
        change(&body)
        return VenueResponse(status: 200, body: Array(body.utf8))
    }
}

/// Bybit, if it told older trades too.
struct PagedTrades: RecentTrades {
    let newest = BybitRecentTrades(.spot)
    var spacingMs: Int64 { newest.spacingMs }

    func request(_ symbol: String) -> VenueRequest { newest.request(symbol) }

    func request(_ symbol: String, before id: String) -> VenueRequest? {
        var request = VenueRequest("https://exchange/trades?before=\(id)")
        request.pauseMs = 200
        return request
    }

    func decode(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> RecentAnswer {
        try newest.decode(response, symbol)
    }
}

/// A writer that follows one market of Bybit, the backfill of what it lacks, and the world that they see.
struct Recaller {
    static let wall: Int64 = 1_790_000_000_000

    var book: BybitBook
    var writer = TickWriter(remembering: 1 << 12)
    var decoder: Bybit
    var backfill: Backfill
    var events: [FeedEvent] = []
    var ticks: [Tick] = []
    var clockMs: Int64 = 0
    var requests: [VenueRequest] = []
    /// Since when the connection stands; nil: there is none.
    var openedMs: Int64? = 0
    let series: SeriesID

    /// - Parameter venue: nil: Bybit, which tells its newest trades only.
    init(
        _ book: BybitBook, venue: (any RecentTrades)? = nil, after known: KnownTrade? = nil,
        gate: RateLimiter = RateLimiter(),
        quota: DiskQuota = DiskQuota(bytes: 1 << 24, folder: NSTemporaryDirectory())
    ) {
        self.book = book
        decoder = Bybit(book.category, anySymbol: false)
        let venue = venue ?? BybitRecentTrades(book.category)
        backfill = Backfill(BackfillByNewest(venue), pace: RequestPace(gate, spacingMs: venue.spacingMs))
        writer.continuity.policy = BackfillPolicy(quota: quota)
        decoder.add(symbol: BybitBook.symbol, to: &writer)
        series = writer.series.intern(Series(source: book.category.source, symbol: BybitBook.symbol))
        if let known { writer.gaps.resume(series, after: known.timeMs) }
        if !writer.continuity.followNewest(series, after: known, nowMs: Self.wall) { writer.gaps.open(series, .start) }
    }

    var now: Moment { Moment(monotonic: clockMs, wall: Self.wall + clockMs) }

    mutating func hear(_ places: Range<Int>) throws {
        _ = try decoder.decode(
            book.frame(places).span.bytes, receivedMs: max(now.wall, book.trades[places.upperBound - 1].timeMs),
            into: &writer)
    }

    mutating func lose() {
        openedMs = nil
        writer.beginOutages(.disconnect, nowMs: now.wall)
    }

    mutating func open() {
        openedMs = clockMs
    }

    /// What a poll of the feed does besides the stream; a request that it wants sent.
    mutating func step() throws -> VenueRequest? {
        let openMs = openedMs.map { clockMs - $0 }
        let step = backfill.next(&writer, openMs: openMs, at: now, events: &events)
        try send()
        guard case .send(let request) = step else { return nil }
        requests.append(request)
        return request
    }

    /// What a poll does at its end, and the shell behind it.
    mutating func send() throws {
        _ = writer.continuity.settle(nowMs: now.wall)
        ticks += try writer.batch.ticks()
        writer.batch.removeAll()
    }

    mutating func answer(_ response: VenueResponse) {
        backfill.answered(response, at: now, into: &writer, events: &events)
    }

    /// Lets so much time pass, with answers that hold everything before `end`.
    mutating func run(
        ms: Int64, before end: Int, limit: Int = 60, _ change: (inout VenueResponse) -> Void = { _ in }
    ) throws {
        let until = clockMs + ms
        while clockMs < until {
            if try step() != nil {
                var response = answer(to: requests.last?.address ?? "", before: end, limit: limit)
                change(&response)
                answer(response)
            }
            clockMs += 10
        }
        try send()
    }

    /// Whoever pages back asks for the hundred trades before one.
    func answer(to address: String, before end: Int, limit: Int) -> VenueResponse {
        guard let mark = address.firstRange(of: "before=") else { return book.answer(before: end, limit: limit) }
        let id = address[mark.upperBound...]
        return book.answer(before: book.trades.firstIndex { $0.id == id } ?? 0, limit: 100)
    }

    var ids: [String] { ticks.compactMap(\.trade?.tradeID) }
    var gaps: [Tick.Gap] { ticks.compactMap(\.gap) }
    var backfilled: [String] { ticks.compactMap(\.trade).filter(\.isBackfilled).map(\.tradeID) }
    /// Those that cannot be filled, and why.
    var reasons: [String] { events.compactMap { if case .unfilled(_, _, let reason) = $0 { reason } else { nil } } }

    func known(_ place: Int) -> KnownTrade {
        let trade = book.trades[place]
        return KnownTrade(
            id: trade.id, timeMs: trade.timeMs, price: Double(trade.price) ?? 0, side: trade.isBuy ? .buy : .sell)
    }
}
