import Compression
import CryptoCore
import Feeds

/// A venue's frames for a benchmark: recorded ones where there are any, else made up in the venue's shape.
struct VenueFrames {
    let name: String
    let names: FrameLap.Names
    /// Below the folder of recordings; nil where none is known.
    let recording: String?
    /// How many trades each made-up frame holds: the spread of a recording.
    let spread: [Int]
    /// One frame of so many trades, the first with this number.
    let made: @Sendable (_ trades: Int, _ first: Int) -> String

    /// Bybit's 60 recorded frames and Coinbase's 39 updates of 2026, Kraken's 8 of 2021 (WebSocket v1).
    static let all = [
        VenueFrames(
            name: "bybit", names: .init(id: "i", symbol: "s"),
            recording: "bybit/ws-v5-linear-spot-20260809-firsthalf.jsonl.gz",
            spread: [
                1, 5, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 3, 1, 1, 1, 2, 4, 2, 37, 1, 2, 5, 2, 3, 1, 3,
                1,
                1, 1, 2, 1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 2, 10, 2, 13, 1, 1, 1, 1, 2, 1, 1,
            ],
            made: { trades, first in
                let items = (0..<trades).map {
                    #"{"i":"\#(2_280_000_001_739_247_417 + first + $0)","T":1786310821917,"p":"65114.20","v":"0.04537","S":"Sell","seq":178477362706,"s":"BTCUSDT","BT":false,"RPI":false}"#
                }
                return
                    #"{"topic":"publicTrade.BTCUSDT","ts":1786310821917,"type":"snapshot","data":[\#(items.joined(separator: ","))]}"#
            }),
        VenueFrames(
            name: "binance", names: .init(id: "t", symbol: "s"),
            recording: "binance/ws-spot-btcusdt-trade-20240808T2354-20240809T0005.txt.gz", spread: [1],
            made: { _, first in
                #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255000,"s":"BTCUSDT","t":\#(3_071_245_454 + first),"p":"61114.47000000","q":"0.00056000","T":1723161254999,"m":true,"M":true}}"#
            }),
        VenueFrames(
            name: "coinbase", names: .init(id: "trade_id", symbol: "product_id"),
            recording: "coinbase/ws-advanced-trade-20260809-firsthalf.jsonl.gz",
            spread: [
                1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 2, 4, 2, 1, 1, 1, 6, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                2, 3, 2, 1,
            ],
            made: { trades, first in
                let items = (0..<trades).map {
                    #"{"product_id":"BTC-USD","trade_id":"\#(1_068_572_091 + first + $0)","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}"#
                }
                return
                    #"{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,"events":[{"type":"update","trades":[\#(items.joined(separator: ","))]}]}"#
            }),
        VenueFrames(
            name: "kraken", names: .init(id: "trade_id", symbol: "symbol"), recording: nil,
            spread: [1, 1, 1, 2, 2, 1, 1, 1],
            made: { trades, first in
                let items = (0..<trades).map {
                    #"{"symbol":"BTC/USD","side":"sell","price":65114.2,"qty":0.00104537,"ord_type":"market","trade_id":\#(104_665_906 + first + $0),"timestamp":"2026-08-09T21:05:48.167634Z"}"#
                }
                return #"{"channel":"trade","type":"update","data":[\#(items.joined(separator: ","))]}"#
            }),
    ]

    /// The recorded frames in `folder`, or as many made-up ones as hold `trades`; and which they are.
    func frames(folder: String?, trades: Int) -> (frames: [[UInt8]], origin: String) {
        if let folder, let recording {
            let frames = VenueFrames.recorded("\(folder)/\(recording)", limit: trades)
            if !frames.isEmpty { return (frames, "recorded") }
        }
        var frames: [[UInt8]] = []
        var count = 0
        while count < trades {
            let next = spread[frames.count % spread.count]
            frames.append(Array(made(next, count).utf8))
            count += next
        }
        return (frames, "made up")
    }

    /// The first frames of a recording; none where it cannot be read.
    private static func recorded(_ path: String, limit: Int) -> [[UInt8]] {
        guard var reader = try? LineReader(path: path) else { return [] }
        var frames: [[UInt8]] = []
        while frames.count < limit, let line = try? reader.next({ line in line.withUnsafeBytes { Array($0) } }) {
            if let frame = frame(line) { frames.append(frame) }
        }
        return frames
    }

    /// The frame in a line: behind the receive time, or in the member `data` of what was received.
    private static func frame(_ line: [UInt8]) -> [UInt8]? {
        guard line.first == UInt8(ascii: "{") else {
            return line.firstIndex(of: 0x20).map { Array(line[($0 + 1)...]) }
        }
        var data: [UInt8]?
        var isReceived = false
        var scanner = JSONScanner()
        let bytes = line.span.bytes
        guard (try? scanner.enterObject(bytes)) != nil else { return nil }
        while let key = (try? scanner.nextKey(bytes)) ?? nil {
            if key.equals("data", in: bytes), let text = try? scanner.string(bytes) {
                data = Array(text.string(in: bytes).utf8)
            } else if key.equals("t", in: bytes), let text = try? scanner.string(bytes) {
                isReceived = text.equals("recv", in: bytes)
            } else if (try? scanner.skipValue(bytes)) == nil {
                return nil
            }
        }
        return isReceived ? data : nil
    }
}
