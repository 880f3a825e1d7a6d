internal import CryptoCore

/// A frame of Binance read in one pass: an event, bare or in a combined stream's envelope, or an answer to a request.
extension Binance {
    /// What a frame says.
    struct Event {
        enum Kind { case trade, shutdown, other }

        var kind = Kind.other
        /// Where a futures trade came from.
        var origin: JSONText?
        var trade = VenueTrade()
        // Answers have these.
        var requestID: JSONText?
        var hasResult = false
        var isError = false
        var reason: JSONText?
    }

    @inline(__always)
    static func read(_ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event) throws(DecodeError) {
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.count == 1 {
                try readField(frame.byte(key.offset), &scanner, frame, &event)
            } else if key.equals("data", in: frame), try scanner.peek(frame) == .object {
                try readInner(&scanner, frame, &event)
            } else {
                try readAnswer(key, &scanner, frame, &event)
            }
        }
    }

    @inline(__always)
    private static func readInner(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event
    ) throws(DecodeError) {
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.count == 1 {
                try readField(frame.byte(key.offset), &scanner, frame, &event)
            } else {
                try scanner.skipValue(frame)
            }
        }
    }

    @inline(__always)
    private static func readField(
        _ letter: UInt8, _ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event
    ) throws(DecodeError) {
        switch letter {
        case UInt8(ascii: "e"): event.kind = kind(try scanner.fieldText(frame), frame)
        case UInt8(ascii: "s"): event.trade.market = try scanner.fieldText(frame)
        case UInt8(ascii: "X"): event.origin = try scanner.fieldString(frame)
        case UInt8(ascii: "p"): event.trade.fields.price = try scanner.fieldText(frame)
        case UInt8(ascii: "q"): event.trade.fields.quantity = try scanner.fieldText(frame)
        case UInt8(ascii: "T"): event.trade.fields.eventTime = try scanner.fieldInteger(frame) ?? .min
        case UInt8(ascii: "t"): event.trade.fields.id = try scanner.fieldText(frame)
        // The buyer was the maker: the taker sold.
        case UInt8(ascii: "m"): event.trade.fields.side = try scanner.fieldBool(frame).map { $0 ? .sell : .buy }
        default: try scanner.skipValue(frame)
        }
    }

    @inline(__always)
    private static func kind(_ text: JSONText, _ frame: RawSpan) -> Event.Kind {
        if text.equals("trade", in: frame) { return .trade }
        return text.equals("serverShutdown", in: frame) ? .shutdown : .other
    }

    private static func readAnswer(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event
    ) throws(DecodeError) {
        if key.equals("id", in: frame) {
            event.requestID = try scanner.fieldText(frame)
        } else if key.equals("result", in: frame) {
            event.hasResult = true
            try scanner.skipValue(frame)
        } else if key.equals("msg", in: frame) {
            event.reason = try scanner.fieldString(frame)
        } else if key.equals("code", in: frame) {
            event.isError = true
            try scanner.skipValue(frame)
        } else if key.equals("error", in: frame), try scanner.peek(frame) == .object {
            event.isError = true
            try scanner.enterObject(frame)
            while let key = try scanner.nextKey(frame) {
                if key.equals("msg", in: frame) {
                    event.reason = try scanner.fieldString(frame)
                } else {
                    try scanner.skipValue(frame)
                }
            }
        } else {
            try scanner.skipValue(frame)
        }
    }

    static func answer(_ event: Event, _ frame: RawSpan) -> StreamMessage {
        if event.kind == .shutdown { return .closing(reason: "the venue shuts this server down") }
        let requestID = frame.words(event.requestID)
        if event.isError {
            let refusal = Refusal(frame.words(event.reason), verdicts: ["invalid symbol", "unknown symbol"])
            return .refused(requestID: requestID, symbol: nil, refusal)
        }
        return event.hasResult ? .acknowledged(requestID: requestID, symbols: []) : .ignored
    }
}
