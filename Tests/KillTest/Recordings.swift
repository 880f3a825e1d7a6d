internal import CryptoCore
internal import Foundation
internal import TestSupport

/// Trades that somebody recorded from a live exchange, in the order in which they came, as ticks.
enum Recordings {
    /// The first so many trades of a recording.
    private static let limit = 20_000

    /// By series; those that are not there are left out.
    static func load() -> [[Tick]] {
        [
            binance("config/sample/binance-spot-btcusdt-20230405.txt", "BTC-USDT"),
            binance("config/sample/binance-spot-ethusdt-20240808.txt", "ETH-USDT"),
            bitflyer("data/bitflyer/BTC_JPY-executions-2018-01-21.csv.gz", "BTC-JPY"),
            bitflyer("data/bitflyer/ETH_BTC-executions-2018-01-28.csv.gz", "ETH-BTC"),
        ].filter { !$0.isEmpty }
    }

    /// Frames of Binance's trade stream, a line each: local time, then JSON.
    private static func binance(_ path: String, _ symbol: String) -> [Tick] {
        let file = SharedData.packageRoot.appendingPathComponent(path)
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        let series = Series(source: "binance", symbol: symbol)
        return text.split(separator: "\n").prefix(limit).compactMap { line in
            guard let space = line.firstIndex(of: " "),
                let frame = try? JSONSerialization.jsonObject(with: Data(line[space...].utf8)) as? [String: Any],
                let trade = frame["data"] as? [String: Any], let time = trade["T"] as? NSNumber,
                let id = trade["t"] as? NSNumber, let isBuyerMaker = trade["m"] as? NSNumber,
                let price = Double(trade["p"] as? String ?? ""), let quantity = Double(trade["q"] as? String ?? "")
            else { return nil }
            return Tick(
                series: series,
                kind: .trade(
                    Tick.Trade(
                        tradeID: id.stringValue, price: price, quantity: quantity,
                        side: isBuyerMaker.boolValue ? .sell : .buy)),
                eventTime: time.int64Value, ingestTime: time.int64Value + 5)
        }
    }

    /// bitFlyer's executions as polled: newest first, many of them late, some twice.
    private static func bitflyer(_ path: String, _ symbol: String) -> [Tick] {
        guard let data = try? SharedData.contents(path) else { return [] }
        let series = Series(source: "bitflyer", symbol: symbol)
        let rows = String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst().prefix(limit)
        return rows.compactMap { row in
            let fields = row.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 6, let time = Int64(fields[1]), let read = Int64(fields[2]),
                let price = Double(fields[4]), let quantity = Double(fields[5])
            else { return nil }
            let side: Side? = fields[3] == "BUY" ? .buy : fields[3] == "SELL" ? .sell : nil
            return Tick(
                series: series,
                kind: .trade(
                    Tick.Trade(tradeID: String(fields[0]), price: price, quantity: quantity, side: side)),
                eventTime: time, ingestTime: max(time, read))
        }
    }
}
