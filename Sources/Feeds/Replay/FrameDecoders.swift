internal import CryptoCore

/// Decodes recorded frames of every venue that we know; which venue a frame is of is read from the frame.
struct FrameDecoders: Sendable {
    /// What a recorded frame was.
    enum Outcome: Sendable, Equatable {
        /// Trades, so many of them written.
        case trades(Int)
        /// Something else.
        case ignored
    }

    private var spot = Bybit(.spot, anySymbol: true)
    private var linear = Bybit(.linear, anySymbol: true)
    private var binance = Binance(anySymbol: true)

    /// Writes the trades of one frame. A Bybit frame tells its category only by the address of its connection, where that is
    /// known, or by the tick direction that linear trades have.
    /// - Throws: the frame is not JSON, or not what its venue sends.
    mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, category: Bybit.Category?, into writer: inout TickWriter
    ) throws(DecodeError) -> Outcome {
        switch try FrameDecoders.venue(frame) {
        case .bybit:
            let message =
                switch category ?? FrameDecoders.category(frame) {
                case .spot: try spot.decode(frame, receivedMs: receivedMs, into: &writer)
                case .linear: try linear.decode(frame, receivedMs: receivedMs, into: &writer)
                }
            if case .data(let added) = message { return .trades(added) }
            return .ignored
        case .binance:
            let message = try binance.decode(frame, receivedMs: receivedMs, into: &writer)
            if case .data(let added) = message { return .trades(added) }
            return .ignored
        case nil:
            // Whatever it is, a recording holds JSON.
            var scanner = JSONScanner()
            try scanner.skipValue(frame)
            try scanner.end(frame)
            return .ignored
        }
    }

    private enum Venue { case bybit, binance }

    /// By the first key that only one venue has.
    private static func venue(_ frame: RawSpan) throws(DecodeError) -> Venue? {
        var scanner = JSONScanner()
        guard try scanner.peek(frame) == .object else { return nil }
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("topic", in: frame) { return .bybit }
            if key.equals("stream", in: frame) || key.equals("e", in: frame) { return .binance }
            try scanner.skipValue(frame)
        }
        return nil
    }

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
