import CryptoCore
import Foundation
import TestSupport

/// Trades that somebody made up, as the sink's CSV store writes them.
struct MadeTicks {
    static let header =
        "_id,source,symbol,kind,event_time,ingest_time,trade_id,price,quantity,side,block_trade,backfilled,bid,ask,"
        + "change_24h_pct,volume_24h,market_cap,gap_from,gap_to,reason\n"
    static let start: Int64 = 1_763_683_200_000  // midnight

    var everyMs: Int64 = 20_000
    /// The chance that the price follows the side of the trade before.
    var following = 0.8
    var seed: UInt64 = 1
    var series = Series(source: "made", symbol: "BTC-USD")

    /// The ticks of a time, counted from `start`.
    func ticks(hours: Range<Int>) -> [Tick] {
        var random = SplitMix64(seed: seed &+ UInt64(hours.lowerBound))
        var price = 1000.0
        var isBuy = true
        let range = Int64(hours.lowerBound) * 3_600_000..<Int64(hours.upperBound) * 3_600_000
        return stride(from: range.lowerBound, to: range.upperBound, by: Int64.Stride(everyMs)).map { ms in
            let follows = Double.random(in: 0..<1, using: &random) < following
            price += (isBuy == follows ? 1 : -1) * Double(Int.random(in: 1...4, using: &random)) / 4
            price = min(max(price, 900), 1100)
            isBuy = Bool.random(using: &random)
            let trade = Tick.Trade(
                tradeID: "\(ms / everyMs + 1)", price: price, quantity: Double.random(in: 0.1...2, using: &random),
                side: isBuy ? .buy : .sell)
            let time = MadeTicks.start + ms
            return Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 40)
        }
    }

    /// Lines of a file.
    static func csv(_ ticks: [Tick]) -> String {
        ticks.map { tick in
            let key = "\(tick.series.source),\(tick.series.symbol)"
            switch tick.kind {
            case .trade(let trade):
                let side = trade.side.map { "\($0)" } ?? ""
                let block = trade.isBlockTrade ? "true" : ""
                return
                    "\(tick.series):\(trade.tradeID),\(key),trade,\(tick.eventTime),\(tick.ingestTime),\(trade.tradeID),"
                    + "\(trade.price),\(trade.quantity),\(side),\(block),,,,,,,,,\n"
            case .quote(let quote):
                let change = quote.change24hPct.map { "\($0)" } ?? ""
                let volume = quote.volume24h.map { "\($0)" } ?? ""
                return
                    "x,\(key),quote,\(tick.eventTime),\(tick.ingestTime),,\(quote.price),,,,,,,\(change),\(volume),,,,\n"
            case .gap(let gap):
                return
                    "x,\(key),gap,\(tick.eventTime),\(tick.ingestTime),,,,,,,,,,,,\(gap.from),\(gap.to),\(gap.reason)\n"
            }
        }.joined()
    }
}

/// A new folder that goes with its owner.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("cryptostream-trainer-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }
}
