import Foundation

@testable import Feeds

/// Lines of our recordings, of every kind.
enum RecordedSeeds {
    private static let startMs: Int64 = 1_800_000_000_000

    static let header: [UInt8] = {
        var text = RecordingEncoder()
        text.header(wallMs: startMs)
        return text.bytes
    }()

    /// Whole lines, without their ends.
    static let lines: [[UInt8]] = {
        var text = RecordingEncoder()
        let wallMs = startMs
        text.header(wallMs: wallMs)
        for (name, address) in [
            ("binance", "wss://stream.binance.com:9443/stream"), ("bybit", "wss://stream.bybit.com/v5/public/spot"),
            ("kraken", "wss://ws.kraken.com/v2"), ("coinbase", "wss://advanced-trade-ws.coinbase.com"),
        ] {
            text.connect(name, address: address, symbols: ["BTC-USDT", "BTC-USD"], top: nil, wallMs: wallMs)
            text.close(name, reason: .disconnect, wallMs: wallMs)
        }
        // As 0.1.0 wrote it.
        text.bytes +=
            Array(
                #"{"t":"series","conn":"binance","ts":1800000000.000,"source":"binance","symbol":"BTC-USDT","last_ms":1799999991000,"gap":"start"}"#
                    .utf8) + [0x0A]
        var book = BinanceBook(symbol: "BTC-USDT", ids: 0..<1_000_000, startMs: wallMs - 500_010 * 20, stepMs: 20)
        for id in [500_000, 500_001, 500_002, 500_009] as [Int64] {
            text.frame("binance", book.frame(id).span.bytes, wallMs: wallMs)
        }
        let history = BinanceHistory(key: nil)
        for first in [499_990, 500_002] as [Int64] {
            let request = history.request(HistoryPage(symbol: "BTC-USDT", first: first, sinceMs: 0))
            let answer = book.answer(request, untilID: first + 10)
            text.answer("binance", request, answer, wallMs: wallMs)
            text.answer("binance", request, VenueResponse(status: 429, retryAfterMs: 1_000, body: []), wallMs: wallMs)
        }
        text.frame("bybit", Array(BybitTests.spotFrame.utf8).span.bytes, wallMs: wallMs)
        text.frame("kraken", Array(KrakenTests.update.utf8).span.bytes, wallMs: wallMs)
        text.frame("coinbase", Array(CoinbaseTests.update.utf8).span.bytes, wallMs: wallMs)
        addPrices(&text, wallMs)
        return text.bytes.split(separator: 0x0A).map(Array.init)
    }()

    private static func addPrices(_ text: inout RecordingEncoder, _ wallMs: Int64) {
        for (name, symbol) in [("coingecko", "BITCOIN-USD"), ("binance-24h", "BTC-USDT")] {
            text.connect(name, address: "https://example.com", symbols: [symbol], top: nil, wallMs: wallMs)
        }
        let coins = CoinGecko([CoinGecko.Market(coinID: "bitcoin", symbol: "BITCOIN-USD")])
        text.answer(
            "coingecko", coins.request(["BITCOIN-USD"]),
            VenueResponse(status: 200, body: Array(#"{"bitcoin":{"usd":1.5,"last_updated_at":1799999990}}"#.utf8)),
            wallMs: wallMs)
        if let past = coins.pastRequest("BITCOIN-USD", lengthMs: 86_400_000) {
            let body = PastPricesTests.chart(count: 5, end: wallMs).body
            text.answer("coingecko", past, VenueResponse(status: 200, body: body), wallMs: wallMs)
        }
        let tickers = BinanceTickers(.symbols(["BTC-USDT"]))
        let body = Array("[\(BinanceTickersTests.ticker("BTCUSDT", time: wallMs))]".utf8)
        for question in [["BTC-USDT"], []] {
            text.answer(
                "binance-24h", tickers.request(question), VenueResponse(status: 200, body: body), wallMs: wallMs)
        }
    }

    /// The line with its time moved on, as if it had come then.
    static func later(_ line: [UInt8], by round: Int) -> [UInt8] {
        let ms = startMs + Int64(round)
        let text = String(decoding: line, as: UTF8.self)
        let time = "\(ms / 1000).\(String(format: "%03d", ms % 1000))"
        return Array(text.replacingOccurrences(of: "\"ts\":1800000000.000", with: "\"ts\":\(time)").utf8)
    }
}
