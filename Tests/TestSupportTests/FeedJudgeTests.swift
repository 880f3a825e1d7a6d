import CryptoCore
import TestSupport
import Testing

@Suite("The judge of the feeds' soak acquits nobody who is guilty")
struct FeedJudgeTests {
    private static let start: Int64 = 1_786_310_748_000

    /// Trades of one series, all of which somebody heard of.
    private static func market() -> Market {
        let market = Market(symbols: ["BTC-USD"], perSecond: 100, seed: 3, startMs: start)
        _ = market.subscribe(to: 0)
        market.advance(toMs: start + 10_000)
        return market
    }

    private static func ticks(_ market: Market) -> [Tick] {
        market.trades(of: 0, from: 0).map { trade in
            Tick(
                series: Series(source: "kraken", symbol: "BTC-USD"),
                kind: .trade(
                    Tick.Trade(
                        tradeID: String(trade.id), price: trade.price, quantity: trade.quantity,
                        side: trade.isBuy ? .buy : .sell)),
                eventTime: trade.timeMs, ingestTime: trade.timeMs + 5)
        }
    }

    private func judge(_ market: Market, _ ticks: [Tick], kills: [Int64] = []) -> (FeedJudge.Row, [String]) {
        var judge = FeedJudge(kills: kills)
        for tick in ticks {
            judge.read(key: Array(tick.series.description.utf8), value: tick.encoded().span.bytes)
        }
        return (judge.judge(.kraken, market), judge.findings)
    }

    private func gap(_ from: Int64, _ to: Int64) -> Tick {
        Tick(
            series: Series(source: "kraken", symbol: "BTC-USD"),
            kind: .gap(Tick.Gap(from: from, to: to, reason: "disconnect")), eventTime: to, ingestTime: to + 5)
    }

    @Test("what is there as it happened is fine")
    func innocent() {
        let market = Self.market()
        let (row, findings) = judge(market, Self.ticks(market))
        #expect(row.happened > 900 && row.onKafka == row.happened)
        #expect(row.lost == 0 && row.wrong == 0 && row.repeated == 0 && findings.isEmpty)
    }

    @Test("a trade that is nowhere is lost, wherever it is; inside a gap it is not", arguments: [0, 1, 500, -1])
    func lost(place: Int) {
        let market = Self.market()
        var ticks = Self.ticks(market)
        let index = place < 0 ? ticks.count - 1 : place
        let missing = ticks.remove(at: index)
        let (row, findings) = judge(market, ticks)
        #expect(row.lost == 1 && findings.count == 1)
        let time = missing.eventTime
        #expect(judge(market, [gap(time, time + 1)] + ticks).0.lost == 0)
        #expect(judge(market, [gap(time - 1, time)] + ticks).0.insideGaps == 1)
        #expect(judge(market, [gap(time + 1, time + 9_000), gap(time - 9_000, time - 1)] + ticks).0.lost == 1)
    }

    @Test("gaps count from the first subscription on, overlapping ones once")
    func gapSeconds() {
        let market = Self.market()
        let gaps = [gap(Self.start - 60_000, Self.start + 3_000), gap(Self.start + 2_000, Self.start + 4_500)]
        #expect((3...4).contains(judge(market, gaps + Self.ticks(market)).0.gapSeconds))
    }

    @Test("a trade that was changed, or never happened, is wrong")
    func wrong() throws {
        let market = Self.market()
        let ticks = Self.ticks(market)
        for change in 0..<5 {
            var ticks = ticks
            guard case .trade(var trade) = ticks[7].kind else { continue }
            switch change {
            case 0: trade.price += 0.01
            case 1: trade.quantity *= 2
            case 2: trade.side = trade.side == .buy ? .sell : .buy
            case 3: ticks[7].eventTime += 1
            default: trade.tradeID = "5"
            }
            ticks[7].kind = .trade(trade)
            let (row, findings) = judge(market, ticks)
            #expect(row.wrong == 1 && !findings.isEmpty, "change \(change)")
        }
    }

    @Test("a repeat is one, unless a kill lies between")
    func repeated() {
        let market = Self.market()
        var ticks = Self.ticks(market)
        var again = ticks[100]
        again.ingestTime += 60_000
        ticks.append(again)
        #expect(judge(market, ticks).0.repeated == 1)
        let (row, _) = judge(market, ticks, kills: [again.ingestTime - 1_000])
        #expect(row.repeated == 0 && row.repeatedAfterKill == 1)
    }

    @Test("a venue that counts its trades has them in order, but behind a gap")
    func order() {
        let market = Self.market()
        var ticks = Self.ticks(market)
        ticks.swapAt(10, 11)
        #expect(judge(market, ticks).0.wrong == 1)
        ticks.insert(gap(Self.start, Self.start + 1), at: 11)
        #expect(judge(market, ticks).0.wrong == 0)
    }

    @Test("what is no tick, or has another key, is wrong")
    func malformed() {
        let market = Self.market()
        var judge = FeedJudge()
        for tick in Self.ticks(market) {
            judge.read(key: Array(tick.series.description.utf8), value: tick.encoded().span.bytes)
        }
        let bytes = Self.ticks(market)[0].encoded()
        judge.read(key: Array("kraken:BTC-EUR".utf8), value: bytes.span.bytes)
        judge.read(key: Array("kraken:BTC-USD".utf8), value: Array("{}".utf8).span.bytes)
        #expect(judge.judge(.kraken, market).wrong == 2)
    }

    @Test("a clock that was wrong does not turn a trade inside a gap into a lost one")
    func skewed() {
        let market = Market(symbols: ["BTC-USD"], perSecond: 100, seed: 3, startMs: Self.start)
        _ = market.subscribe(to: 0)
        market.advance(toMs: Self.start + 5_000)
        market.skewNext(of: 0, byMs: -3_600_000)
        market.advance(toMs: Self.start + 10_000)
        let ticks = Self.ticks(market).filter { $0.eventTime >= Self.start }
        #expect(judge(market, ticks).0.lost == 1)
        #expect(judge(market, [gap(Self.start + 4_000, Self.start + 6_000)] + ticks).0.lost == 0)
    }
}
