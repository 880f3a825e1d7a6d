internal import CryptoCore

/// Splits a venue's joined name, such as `BTCUSDT`, into base and quote by what is known of coins and currencies.
///
/// For whoever has neither the venue's list nor a recording that names its series: those know, and this one does not.
package struct NameSplitter: Sendable {
    /// What a name can be.
    package enum Split: Equatable, Sendable {
        /// Only one split makes sense; such as `BTC-USDT`.
        case known(String)
        /// Nobody knows: the likeliest symbol, and the others that make as much sense.
        case guess(String, others: [String])
        /// No part of it is known.
        case none

        /// The symbol, known or not.
        package var symbol: String? {
            switch self {
            case .known(let symbol), .guess(let symbol, _): symbol
            case .none: nil
            }
        }
    }

    /// Currencies that prices are quoted in and that are no coins of `config/coins.json`, or may be missing there.
    private static let quotes: Set<String> = [
        "USD", "EUR", "GBP", "JPY", "TRY", "BRL", "PLN", "AUD", "CHF", "CAD", "KRW", "ARS", "MXN", "ZAR", "UAH", "RON",
        "CZK",
        "COP", "NGN", "IDR", "RUB", "AED", "SGD", "HKD", "FDUSD", "BUSD", "TUSD", "USDT", "USDC", "USDE", "USD1",
        "PYUSD",
        "RLUSD", "USDD", "USDP", "USDR", "USDQ", "EURC", "EURQ", "EURR", "EURI", "MNT", "DAI", "BTC", "ETH", "SOL",
        "BNB",
    ]

    private let coins: Coins

    package init(coins: Coins = Coins()) { self.coins = coins }

    /// Whether prices are quoted in this.
    package static func isQuote(_ text: String) -> Bool { quotes.contains(text) }

    /// The symbol that a joined name means. Of several quotes that it could end with the longest is the likeliest.
    package func split(_ name: String) -> Split {
        // A mark in it says that it is no joined name: an option, a contract that ends on a day, another venue's spelling.
        if name.contains(where: { "-_/:".contains($0) }) { return .none }
        let letters = Array(name)
        let cuts = letters.indices.dropFirst().map { (base: String(letters[..<$0]), quote: String(letters[$0...])) }
        let quoted = cuts.filter { NameSplitter.isQuote($0.quote) }
        let known = quoted.filter { isCoin($0.base) }
        let likely = known.isEmpty ? quoted : known
        let symbols = likely.map { "\($0.base)-\($0.quote)" }
        if symbols.count == 1 { return .known(symbols[0]) }
        if let first = symbols.first { return .guess(first, others: Array(symbols.dropFirst())) }
        // A quote that nobody knows, behind a coin that everybody does.
        guard let cut = cuts.last(where: { isCoin($0.base) && $0.quote.count <= 6 }) else { return .none }
        return .guess("\(cut.base)-\(cut.quote)", others: [])
    }

    /// Whether it is a coin, or a thousand of them in one contract: `1000PEPE`, `SHIB1000`.
    private func isCoin(_ base: String) -> Bool {
        coins.isTicker(base) || NameSplitter.isQuote(base) || coins.isTicker(MultipliedCoin.base(of: base))
    }
}

/// Contracts of many coins at once, whose name says how many.
enum MultipliedCoin {
    /// The coin of `1000PEPE`, `SHIB1000`, `10000SATS` or `1MBABYDOGE`; any other name as it is.
    static func base(of name: String) -> String {
        for count in ["1000000", "100000", "10000", "1000", "1M"] where name.utf8.count > count.utf8.count + 1 {
            if name.hasPrefix(count) { return String(name.dropFirst(count.count)) }
            if name.hasSuffix(count), count != "1M" { return String(name.dropLast(count.count)) }
        }
        return name
    }
}

/// A venue's name that nobody could split for certain.
package struct DoubtfulName: Hashable, Sendable {
    package let name: String
    /// What it was taken for; nil: its trades are passed over.
    package let symbol: String?
    /// What it could mean as well.
    package let others: [String]
}
