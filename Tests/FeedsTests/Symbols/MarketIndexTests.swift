import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

@Suite("What people type, and a venue's list")
struct MarketIndexTests {
    private static func listed(_ symbol: String, _ names: String...) -> ListedMarket {
        var market = ListedMarket(symbol, name: names.first)
        market.otherNames = Array(names.dropFirst())
        return market
    }

    /// Lists with what was tried on them; the names are the venues' own.
    private static let lists: [String: (quote: String, markets: [ListedMarket])] = [
        "binance": (
            "USDT",
            [
                listed("币安人生-USDT", "币安人生USDT"), listed("ARK-BTC", "ARKBTC"), listed("ARK-USDT", "ARKUSDT"),
                listed("BTC-U", "BTCU"), listed("BTC-USDT", "BTCUSDT"), listed("USDT-ARS", "USDTARS"),
                listed("WBTC-USDT", "WBTCUSDT"), listed("W-BTC", "WBTC"), listed("BCH-USDT", "BCHUSDT"),
            ]
        ),
        "coinbase": ("USD", [listed("DOT-USD"), listed("SHIB-USD"), listed("BTC-USD"), listed("BTC-EUR")]),
        "kraken": (
            "USD",
            [
                listed("AAPLx-USD", "AAPLxUSD", "AAPLx/USD"), listed("BTC-USD", "XBTUSD", "XXBTZUSD", "XBT/USD"),
                listed("DOGE-USD", "XDGUSD", "XDG/USD"),
            ]
        ),
        "bybit-linear": (
            "USDT",
            [
                listed("BTC-USDC", "BTCPERP"), listed("BTC-USDT", "BTCUSDT"), listed("PEOPLE-USDT", "PEOPLEUSDT"),
                listed("1000PEPE-USDT", "1000PEPEUSDT"), listed("1000BONK-USDT", "1000BONKUSDT"),
                listed("SHIB1000-USDT", "SHIB1000USDT"), listed("SHIB2-USDT", "SHIB2USDT"),
                listed("10000SATS-USDT", "10000SATSUSDT"), listed("CATS-USDT", "CATSUSDT"),
            ]
        ),
    ]

    private func find(_ word: String, at venue: String) throws -> MarketIndex.Match {
        let list = try #require(Self.lists[venue])
        return MarketIndex(list.markets, coins: SymbolTests.coins, defaultQuote: list.quote).find(word)
    }

    @Test(
        "a market is found by its symbol, its venue's own spelling, and in small letters",
        arguments: [
            ("binance", "币安人生-USDT", "币安人生-USDT"), ("binance", "币安人生", "币安人生-USDT"),
            ("kraken", "AAPLx-USD", "AAPLx-USD"), ("kraken", "AAPLX-USD", "AAPLx-USD"),
            ("binance", "ARKBTC", "ARK-BTC"), ("binance", "ark-usdt", "ARK-USDT"), ("binance", "BTCU", "BTC-U"),
            ("binance", "USDTARS", "USDT-ARS"), ("coinbase", "DOTUSD", "DOT-USD"), ("coinbase", "SHIBUSD", "SHIB-USD"),
            ("kraken", "XBT-USD", "BTC-USD"), ("kraken", "XBT", "BTC-USD"), ("kraken", "XBTUSD", "BTC-USD"),
            ("kraken", "XBT/USD", "BTC-USD"), ("kraken", "XXBTZUSD", "BTC-USD"), ("kraken", "XDG-USD", "DOGE-USD"),
            ("bybit-linear", "BTCPERP", "BTC-USDC"), ("bybit-linear", "BTC", "BTC-USDT"),
            ("coinbase", "bitcoin", "BTC-USD"), ("coinbase", "btc", "BTC-USD"), ("coinbase", "BTC-EUR", "BTC-EUR"),
            ("binance", "bitcoin-cash", "BCH-USDT"),
            // The coin that everybody knows, not the pair whose venue writes it so.
            ("binance", "WBTC", "WBTC-USDT"), ("binance", "W-BTC", "W-BTC"),
        ])
    func found(venue: String, word: String, symbol: String) throws {
        guard case .market(let market) = try find(word, at: venue) else {
            Issue.record("\(word): \(try find(word, at: venue))")
            return
        }
        #expect(market.symbol == symbol)
    }

    @Test(
        "a contract of many coins is nearer than another coin",
        arguments: [
            ("PEPE", "1000PEPE-USDT"), ("BONK", "1000BONK-USDT"), ("SHIB", "SHIB1000-USDT"), ("SATS", "10000SATS-USDT"),
            ("PEPE-USDT", "1000PEPE-USDT"), ("pepe", "1000PEPE-USDT"),
        ])
    func multiplied(word: String, symbol: String) throws {
        guard case .none(let near) = try find(word, at: "bybit-linear") else {
            Issue.record("\(word): \(try find(word, at: "bybit-linear"))")
            return
        }
        #expect(near.first == symbol)
    }

    @Test("everything that a list prints is found as printed, whatever the names are", arguments: UInt64(0)..<20)
    func printed(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let letters = Array("ABXYZabx019人é.")
        let word = { (rng: inout SplitMix64) in
            String((0..<Int.random(in: 1...5, using: &rng)).map { _ in letters.randomElement(using: &rng) ?? "A" })
        }
        let markets = (0..<300).map { _ in
            let (base, quote) = (word(&rng), word(&rng))
            return Self.listed("\(base)-\(quote)", base + quote)
        }
        let index = MarketIndex(markets, coins: SymbolTests.coins, defaultQuote: "USDT")
        for market in markets {
            guard case .market(let found) = index.find(market.symbol) else {
                Issue.record("\(market.symbol) is not found")
                continue
            }
            #expect(found.symbol == market.symbol)
        }
    }

    @Test("a coin that is not listed is not taken for another coin's pair")
    func notListed() {
        let index = MarketIndex([Self.listed("T-USD", "TUSD/X")], coins: SymbolTests.coins, defaultQuote: "USD")
        #expect(SymbolTests.coins.isTicker("TUSD"))
        guard case .none = index.find("TUSD") else {
            Issue.record("\(index.find("TUSD"))")
            return
        }
        #expect(index.find("T-USD") == .market(Self.listed("T-USD", "TUSD/X")))
    }

    @Test("a name that two markets share is no market: both are named")
    func ambiguous() {
        let index = MarketIndex(
            [Self.listed("AB-C", "ABC"), Self.listed("A-BC", "ABC")], coins: Coins(), defaultQuote: "USDT")
        #expect(index.find("ABC") == .several(["A-BC", "AB-C"]))
        #expect(index.find("AB-C") == .market(Self.listed("AB-C", "ABC")))
    }
}

@Suite("Joined names without a list")
struct NameSplitterTests {
    private let splitter = NameSplitter(coins: SymbolTests.coins)

    @Test(
        "known coins and currencies say where a name is to be cut",
        arguments: [
            ("BNBUSD", "BNB-USD"), ("SHIBUSD", "SHIB-USD"), ("DOTUSD", "DOT-USD"), ("USDTARS", "USDT-ARS"),
            ("BTCMXN", "BTC-MXN"), ("BTCUSDT", "BTC-USDT"), ("ETHBTC", "ETH-BTC"), ("1000PEPEUSDT", "1000PEPE-USDT"),
            ("SOMETHINGUSDT", "SOMETHING-USDT"), ("USDCUSDT", "USDC-USDT"), ("BTCFDUSD", "BTC-FDUSD"),
        ])
    func known(name: String, symbol: String) { #expect(splitter.split(name) == .known(symbol)) }

    @Test("where nobody knows, the likeliest is a guess that says so")
    func guesses() {
        #expect(splitter.split("BTCU") == .guess("BTC-U", others: []))
        #expect(splitter.split("QWERTYBUSD") == .guess("QWERTY-BUSD", others: ["QWERTYB-USD"]))
        #expect(splitter.split("QWERTY") == .none)
        for name in ["BTC-26DEC25-90000-C-USDT", "SOL_USDC", "BTC/USDT"] { #expect(splitter.split(name) == .none) }
        #expect(splitter.split("") == .none && splitter.split("USD") == .none)
    }

    @Test("a decoder tells each name once of which it is not sure")
    func doubts() throws {
        var binance = Binance(anySymbol: true, coins: SymbolTests.coins)
        var writer = TickWriter()
        for name in ["BTCU", "BTCU", "BTCUSDT", "QWERTY", "QWERTY"] {
            let frame = BinanceTests.spotFrame.replacingOccurrences(of: "\"BTCUSDT\"", with: "\"\(name)\"")
            _ = try? binance.decode(Array(frame.utf8), into: &writer)
        }
        #expect(
            writer.series.takeDoubts() == [
                DoubtfulName(name: "BTCU", symbol: "BTC-U", others: []),
                DoubtfulName(name: "QWERTY", symbol: nil, others: []),
            ])
        #expect(writer.series.takeDoubts().isEmpty)
    }
}
