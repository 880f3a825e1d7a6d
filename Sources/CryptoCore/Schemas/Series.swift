/// One market at one source: `bybit:BTC-USDT`. The Kafka key of every record, and what a window is computed over.
public struct Series: Hashable, Sendable, CustomStringConvertible {
    /// The feed, e.g. `bybit-linear`.
    public internal(set) var source: String
    /// `<BASE>-<QUOTE>`, e.g. `BTC-USDT`.
    public internal(set) var symbol: String

    public init(source: String, symbol: String) {
        self.source = source
        self.symbol = symbol
    }

    /// Nil when `text` is not `<source>:<BASE>-<QUOTE>`.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        self.init(source: String(text[..<colon]), symbol: String(text[text.index(after: colon)...]))
        guard Series.isSource(source), Series.isSymbol(symbol) else { return nil }
    }

    /// The Kafka key.
    public var description: String { "\(source):\(symbol)" }
    /// The part of the symbol before its last `-`.
    public var base: String { String(symbol[..<(symbol.lastIndex(of: "-") ?? symbol.endIndex)]) }
    /// The part of the symbol behind its last `-`.
    public var quote: String { symbol.lastIndex(of: "-").map { String(symbol[symbol.index(after: $0)...]) } ?? "" }

    /// Whether `text` can be a source: not empty, no colon, no control characters.
    public static func isSource(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ":") }
    }

    /// Whether `text` is a base and a quote, split at the last `-`.
    public static func isSymbol(_ text: String) -> Bool {
        guard let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")) else { return false }
        return dash != text.utf8.startIndex && text.utf8.index(after: dash) != text.utf8.endIndex
            && text.utf8.allSatisfy { $0 > 0x20 }
    }
}
