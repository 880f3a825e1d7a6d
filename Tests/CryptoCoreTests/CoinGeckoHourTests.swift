import CryptoCore
import TestSupport
import Testing

@Suite("an hour of CoinGecko on a virtual clock")
struct CoinGeckoHourTests {
    /// A coin as `simple/price` shows it: prices 5 to 90 s old, some unchanged from one poll to the next.
    private struct Coin {
        let series: Series
        var updated: Int64 = 0
        var minutes: [Int64: Int64] = [:]
    }

    @Test(
        "no price is late, and each minute that has a price has its window, closed by data or by the clock",
        arguments: UInt64(0)..<10)
    func hour(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var coins = ["BTC", "ETH", "DOGE", "SOL"].map { Coin(series: Series(source: "coingecko", symbol: "\($0)-USD")) }
        var partition = VirtualPartition(WindowConfiguration(), now: noon + rng.int(0...59_999))
        let start = partition.now
        for second in 0..<3_600 as Range<Int64> {
            partition.now = start + second * 1_000
            // Another source in the same partition is always up to date: its watermark is not the coins'.
            partition.trade(at: partition.now - 40)
            if second % 60 == 0 {
                for i in coins.indices { poll(&coins[i], &partition, &rng) }
            }
            partition.ended()
        }
        #expect(partition.counts.late == 0)
        #expect(partition.counts.counted == partition.counts.read)
        // The polls end; the clock closes what is open.
        for _ in 0..<400 {
            partition.now += 1_000
            partition.ended()
        }
        let windows = try partition.taken().tumbling
        for coin in coins {
            let own = windows.filter { $0.series == coin.series }
            #expect(Dictionary(uniqueKeysWithValues: own.map { ($0.windowStart, $0.count) }) == coin.minutes)
            #expect(own.map(\.windowStart) == own.map(\.windowStart).sorted())
        }
    }

    private func poll(_ coin: inout Coin, _ partition: inout VirtualPartition, _ rng: inout SplitMix64) {
        let now = partition.now
        // Unchanged prices carry the time of their last change: the feed does not send them again.
        if now - coin.updated <= 90_000, rng.chance(0.5) { return }
        coin.updated = rng.int(max(coin.updated + 1, now - 90_000)...now - 5_000)
        coin.minutes[coin.updated / 60_000 * 60_000, default: 0] += 1
        let quote = Tick.Quote(price: rng.marketNumber(), change24hPct: -1.5, marketCap: 1e12)
        partition.add(Tick(series: coin.series, kind: .quote(quote), eventTime: coin.updated, ingestTime: now))
    }
}
