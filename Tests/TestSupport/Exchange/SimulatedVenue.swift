/// An exchange that can be simulated.
public enum SimulatedVenue: String, CaseIterable, Sendable {
    case bybit
    case bybitLinear = "bybit-linear"
    case binance, coinbase, kraken, okx
    case okxSwap = "okx-swap"
    case coingecko, coincap

    /// The source of its series, as the producer calls it.
    public var source: String { rawValue }

    /// Those that tell trades.
    public static let trading: [SimulatedVenue] = [.bybit, .bybitLinear, .binance, .coinbase, .kraken, .okx, .okxSwap]

    /// The quote of its markets where a symbol has none.
    public var defaultQuote: String {
        switch self {
        case .bybit, .bybitLinear, .binance, .okx, .okxSwap: "USDT"
        case .coinbase, .kraken, .coingecko, .coincap: "USD"
        }
    }

    /// Whether past trades can be had by their ids, so that none needs to be missing.
    public var hasHistory: Bool { [.binance, .coinbase, .kraken].contains(self) }

    /// How it speaks.
    public var dialect: any ExchangeDialect {
        switch self {
        case .bybit: BybitDialect(isLinear: false)
        case .bybitLinear: BybitDialect(isLinear: true)
        case .binance: BinanceDialect()
        case .coinbase: CoinbaseDialect()
        case .kraken: KrakenDialect()
        case .okx: OKXDialect(isSwap: false)
        case .okxSwap: OKXDialect(isSwap: true)
        case .coingecko: CoinGeckoDialect()
        case .coincap: CoinCapDialect()
        }
    }
}

/// How a venue speaks: its names, its frames, its answers. Written from the venue's documentation, not from our decoders.
public protocol ExchangeDialect: Sendable {
    /// What the venue calls a market such as `BTC-USDT` on its socket.
    func name(_ symbol: String) -> String
    /// A trade's id as the venue writes it.
    func tradeID(_ id: Int64) -> String
    /// The opposite; nil where the text is no id of this venue.
    func id(of text: String) -> Int64?
    /// What is said on a new socket; nil where the address is none.
    func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)?
    /// The answer to any other request; nil where the address is none. *Units*: `nowMs` ms since the epoch.
    func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer?
}

extension ExchangeDialect {
    public func tradeID(_ id: Int64) -> String { String(id) }
    public func id(of text: String) -> Int64? { Int64(text) }
    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? { nil }
    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? { nil }
}

/// One connection's side of a venue's language.
public protocol ExchangeConversation {
    /// By subscribed symbol the place of the next trade to tell.
    var places: [Int: Int] { get set }
    /// The other side broke a rule, or nothing works without a key: the connection ends, once this was said.
    var isOver: Bool { get }

    mutating func open(nowMs: Int64, into frames: inout FrameBuffer)
    mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer)
    /// Trades of one symbol, oldest first.
    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    /// Comes about ten times a second.
    mutating func beat(nowMs: Int64, into frames: inout FrameBuffer)
    mutating func hearPong()
}

extension ExchangeConversation {
    public var isOver: Bool { false }
    public mutating func open(nowMs: Int64, into frames: inout FrameBuffer) {}
    public mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer) {}
    public mutating func beat(nowMs: Int64, into frames: inout FrameBuffer) {}
    public mutating func hearPong() {}
}

/// An answer over HTTP.
public struct ExchangeAnswer: Sendable {
    public var status = 200
    public var body: String
    public var headers: [(String, String)] = [("Content-Type", "application/json")]

    public init(_ status: Int = 200, _ body: String, headers: [(String, String)] = []) {
        self.status = status
        self.body = body
        self.headers += headers
    }
}
