internal import CryptoCore

/// The venue of a recorded frame.
enum RecordedVenue: Sendable, Equatable {
    case bybit(Bybit.Category)
    case binance, coinbase, kraken, coinCap

    /// The venue at an address; nil where none of ours is.
    init?(address: String) {
        if let category = Bybit.Category.allCases.first(where: { address.hasSuffix("/v5/public/\($0.rawValue)") }) {
            self = .bybit(category)
            return
        }
        let host = address.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        switch true {
        case host.contains("binance"): self = .binance
        case host.contains("coinbase"): self = .coinbase
        case host.contains("kraken"): self = .kraken
        case host.contains("coincap"): self = .coinCap
        default: return nil
        }
    }

    /// The venue of a source of trades; nil for any other.
    init?(source: String) {
        switch source {
        case Binance.Market.spot.source: self = .binance
        case Coinbase.source: self = .coinbase
        case Kraken.source: self = .kraken
        case CoinCap.source: self = .coinCap
        default:
            guard let category = Bybit.Category.allCases.first(where: { $0.source == source }) else { return nil }
            self = .bybit(category)
        }
    }

    /// How it tells past trades; nil where it does not.
    var history: RecordedHistory? {
        switch self {
        case .binance: .numbered(BinanceHistory(key: nil))
        case .coinbase: .numbered(CoinbaseHistory())
        case .kraken: .numbered(KrakenHistory())
        case .bybit(let category): .newest(BybitRecentTrades(category))
        case .coinCap: nil
        }
    }

    /// The source of its series.
    var source: String {
        switch self {
        case .bybit(let category): category.source
        case .binance: Binance.Market.spot.source
        case .coinbase: Coinbase.source
        case .kraken: Kraken.source
        case .coinCap: CoinCap.source
        }
    }

    /// The venue that a frame's keys tell; nil when it is of none of ours, or says nothing of interest.
    /// - Throws: the frame is not JSON.
    init?(_ frame: RawSpan) throws(DecodeError) {
        var scanner = JSONScanner()
        switch try scanner.peek(frame) {
        case .array:
            self = .kraken
            return
        case .object: break
        default: return nil
        }
        try scanner.enterObject(frame)
        var hasChannel = false
        while let key = try scanner.nextKey(frame) {
            if let venue = RecordedVenue(key: key, frame) {
                self = venue
                return
            }
            let isData = key.equals("data", in: frame)
            if key.equals("channel", in: frame) { hasChannel = true }
            // Kraken's data is an array beside a channel, Coinbase has events there.
            if hasChannel, isData {
                self = .kraken
                return
            }
            try scanner.skipValue(frame)
        }
        return nil
    }

    /// The venue that alone has this key at a frame's top.
    private init?(key: JSONText, _ frame: RawSpan) {
        if key.equals("topic", in: frame) {
            self = .bybit(RecordedVenue.category(frame))
        } else if key.equals("stream", in: frame) || key.equals("e", in: frame) {
            self = .binance
        } else if key.equals("events", in: frame) || key.equals("product_id", in: frame) {
            self = .coinbase
        } else if key.equals("exchange", in: frame) {
            self = .coinCap
        } else {
            return nil
        }
    }

    /// A Bybit frame tells its category only by the tick direction that linear trades have.
    private static func category(_ frame: RawSpan) -> Bybit.Category {
        frame.withUnsafeBytes { raw in
            let mark = Array("\"L\":".utf8)
            var at = 0
            while at + mark.count <= raw.count {
                if raw[at] == mark[0], raw[at..<at + mark.count].elementsEqual(mark) { return .linear }
                at += 1
            }
            return .spot
        }
    }
}

/// Decodes recorded frames of every venue that we know.
struct FrameDecoders: Sendable {
    private var spot = Bybit(.spot, anySymbol: true)
    private var linear = Bybit(.linear, anySymbol: true)
    private var binance = Binance(anySymbol: true)
    private var coinbase = Coinbase(anySymbol: true)
    private var kraken = Kraken(anySymbol: true)
    private var coinCap: CoinCap

    /// - Parameter coins: the tickers of coins that a venue calls by their ids.
    init(coins: Coins) { coinCap = CoinCap(recordingsOf: coins) }

    /// Writes the ticks of one frame, of the venue that its connection's address told, else its keys.
    /// - Throws: the frame is not JSON, or not what its venue sends.
    mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, venue: RecordedVenue?, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        let venue = if let venue { venue } else { try RecordedVenue(frame) }
        switch venue {
        case .bybit(.spot): return try spot.decode(frame, receivedMs: receivedMs, into: &writer)
        case .bybit(.linear): return try linear.decode(frame, receivedMs: receivedMs, into: &writer)
        case .binance: return try binance.decode(frame, receivedMs: receivedMs, into: &writer)
        case .coinbase: return try coinbase.decode(frame, receivedMs: receivedMs, into: &writer)
        case .kraken: return try kraken.decode(frame, receivedMs: receivedMs, into: &writer)
        case .coinCap: return try coinCap.decode(frame, receivedMs: receivedMs, into: &writer)
        case nil:
            // Whatever it is, a recording holds JSON.
            var scanner = JSONScanner()
            try scanner.skipValue(frame)
            try scanner.end(frame)
            return .ignored
        }
    }
}
