import CryptoCore
import Feeds

/// Frames of one venue, played in laps: every lap their trades have new ids, each market's rising by one from trade to trade.
struct FrameLap {
    /// The members that a venue's trade has its id and its market in.
    struct Names {
        let id: StaticString
        let symbol: StaticString
    }

    /// Where an id's last digits stand in a frame, and which trade of its market it is.
    private struct Place {
        var frame: Int
        var end: Int
        var digits: Int
        var market: Int
        var ordinal: Int
    }

    private(set) var frames: [[UInt8]]
    private var places: [Place] = []
    /// Trades a lap of each market.
    private var markets: [Int] = []
    private var lap = 0

    var trades: Int { places.count }
    var bytes: Int { frames.reduce(0) { $0 + $1.count } }

    /// Keeps the frames that hold trades; a market's trades are numbered in the order of their ids.
    init(_ frames: [[UInt8]], names: Names) {
        self.frames = []
        var ids: [String: [(id: String, place: Place)]] = [:]
        for frame in frames {
            var found: [(symbol: String, id: JSONText)] = []
            var scanner = JSONScanner()
            guard (try? FrameLap.walk(&scanner, frame.span.bytes, names, &found)) != nil, !found.isEmpty else {
                continue
            }
            for (symbol, id) in found {
                let place = Place(
                    frame: self.frames.count, end: id.offset + id.count, digits: min(id.count - 1, 12), market: 0,
                    ordinal: 0)
                ids[symbol, default: []].append((id.string(in: frame.span.bytes), place))
            }
            self.frames.append(frame)
        }
        for (_, trades) in ids {
            // Ids that are numbers have one length in a recording, so that they sort as texts do.
            let isNumber = trades.allSatisfy { $0.id.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            for (ordinal, trade) in (isNumber ? trades.sorted { $0.id < $1.id } : trades).enumerated() {
                var place = trade.place
                place.market = markets.count
                place.ordinal = ordinal
                places.append(place)
            }
            markets.append(trades.count)
        }
    }

    /// Gives every trade its id of the next lap.
    mutating func advance() {
        for place in places {
            var number = lap * markets[place.market] + place.ordinal
            for back in 1...place.digits {
                frames[place.frame][place.end - back] = UInt8(ascii: "0") + UInt8(number % 10)
                number /= 10
            }
        }
        lap += 1
    }

    /// Finds all objects that have an id and a symbol.
    private static func walk(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ names: Names,
        _ found: inout [(symbol: String, id: JSONText)]
    ) throws(DecodeError) {
        switch try scanner.peek(frame) {
        case .array:
            try scanner.enterArray(frame)
            while try scanner.nextElement(frame) { try walk(&scanner, frame, names, &found) }
        case .object:
            var id: JSONText?
            var symbol: JSONText?
            try scanner.enterObject(frame)
            while let key = try scanner.nextKey(frame) {
                let kind = try scanner.peek(frame)
                let isText = kind == .string || kind == .number
                if isText, key.equals(names.id, in: frame) {
                    id = kind == .string ? try scanner.string(frame) : try scanner.numberText(frame)
                } else if kind == .string, key.equals(names.symbol, in: frame) {
                    symbol = try scanner.string(frame)
                } else {
                    try walk(&scanner, frame, names, &found)
                }
            }
            if let id, let symbol { found.append((symbol.string(in: frame), id)) }
        default: try scanner.skipValue(frame)
        }
    }
}
