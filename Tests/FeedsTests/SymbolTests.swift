import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Symbols as people write them")
struct SymbolTests {
    static let coins: Coins = {
        let url = SharedData.packageRoot.appendingPathComponent("config/coins.json")
        guard let bytes = try? [UInt8](Data(contentsOf: url)), let coins = try? Coins(decoding: bytes.span.bytes) else {
            preconditionFailure("config/coins.json cannot be read")
        }
        return coins
    }()

    @Test(
        "ids, tickers and pairs mean the same market at a source",
        arguments: [
            ("bitcoin", "BTC-USDT"), ("BTC", "BTC-USDT"), ("btc", "BTC-USDT"), ("BTCUSDT", "BTC-USDT"),
            ("BTC-USDT", "BTC-USDT"), ("btc-usdt", "BTC-USDT"), ("btcusdt", "BTC-USDT"), ("BTC-USDC", "BTC-USDC"),
            ("ETHBTC", "ETH-BTC"), ("shiba-inu", "SHIB-USDT"), ("bitcoin-cash", "BCH-USDT"), ("usd-coin", "USDC-USDT"),
            ("USDCUSDT", "USDC-USDT"), ("WBTC", "WBTC-USDT"), ("STETH", "STETH-USDT"), ("1INCHUSDT", "1INCH-USDT"),
            ("1000PEPEUSDT", "1000PEPE-USDT"), ("some-new-coin", "SOME-NEW-COIN-USDT"), ("XYZ", "XYZ-USDT"),
            ("FOO-BAR", "FOO-BAR"), ("BTC/USD", "BTC-USD"), ("币安人生-USDT", "币安人生-USDT"), ("AAPLx-USD", "AAPLx-USD"),
            ("BNBUSD", "BNB-USD"), ("DOTUSD", "DOT-USD"), ("SHIBUSD", "SHIB-USD"), ("USDTARS", "USDT-ARS"),
            ("avalanche-2", "AVAX-USDT"), ("FDUSD", "FDUSD-USDT"), ("BTCFDUSD", "BTC-FDUSD"),
        ])
    func queries(text: String, symbol: String) throws {
        #expect(try #require(SymbolQuery(text, coins: Self.coins)).symbol(defaultQuote: "USDT") == symbol)
    }

    @Test(
        "CoinGecko's id is found from any spelling",
        arguments: [
            ("bitcoin", "bitcoin"), ("BTC", "bitcoin"), ("ETH-EUR", "ethereum"), ("some-new-coin", "some-new-coin"),
            ("SOLUSDT", "solana"), ("XYZ", "xyz"),
        ])
    func ids(text: String, id: String) throws {
        #expect(try #require(SymbolQuery(text, coins: Self.coins)).coinID == id)
    }

    @Test(
        "what can be no symbol is refused",
        arguments: ["", "-", "BTC-", "-USDT", "BTC USDT", "a:b", "BTC,ETH", "a\u{7}", "\"BTC\""])
    func rubbish(text: String) { #expect(SymbolQuery(text, coins: Self.coins) == nil) }

    @Test("the shipped table knows the great coins, each ticker once")
    func table() {
        #expect((150...250).contains(Self.coins.count))
        for (id, ticker) in ["bitcoin": "BTC", "ethereum": "ETH", "ripple": "XRP", "the-open-network": "TON"] {
            #expect(Self.coins.ticker(ofID: id) == ticker && Self.coins.id(ofTicker: ticker) == id)
        }
        #expect(Set(Self.coins.knownIDs.compactMap { Self.coins.ticker(ofID: $0) }).count == Self.coins.count)
    }

    @Test("a table that is no object of texts is refused", arguments: ["", "[]", #"{"a":1}"#, #"{"a":"b""#])
    func badTable(text: String) {
        #expect(throws: DecodeError.self) { try Coins(decoding: Array(text.utf8).span.bytes) }
    }
}
