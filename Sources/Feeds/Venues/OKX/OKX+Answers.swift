internal import CryptoCore

extension OKX {
    /// What the outer object of a frame says.
    struct Envelope: FrameEnvelope {
        var dataAt: Int?
        private(set) var event: JSONText?
        private var instrument: JSONText?
        private var channel: JSONText?
        private var requestID: JSONText?
        private var code: JSONText?
        private var reason: JSONText?

        /// An answer about the channel names it as its trades do.
        @inline(__always)
        func isTrades(_ frame: RawSpan) -> Bool { event == nil && isOfTrades(frame) }

        @inline(__always)
        private func isOfTrades(_ frame: RawSpan) -> Bool {
            channel?.equals("trades-all", in: frame) == true || channel?.equals("trades", in: frame) == true
        }

        var market: JSONText? { instrument }

        @inline(__always)
        func allows(_ market: JSONText, _ frame: RawSpan) -> Bool {
            instrument.map { frame.isSame(market, $0) } ?? false
        }

        /// The instrument whose trades an answer is about.
        func instrument(_ frame: RawSpan) -> String? { isOfTrades(frame) ? frame.words(instrument) : nil }

        mutating func read(_ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) {
            if key.equals("arg", in: frame), try scanner.peek(frame) == .object {
                try scanner.enterObject(frame)
                while let key = try scanner.nextKey(frame) {
                    if key.equals("channel", in: frame) {
                        channel = try scanner.fieldString(frame)
                    } else if key.equals("instId", in: frame) {
                        instrument = try scanner.fieldText(frame)
                    } else {
                        try scanner.skipValue(frame)
                    }
                }
            } else if key.equals("event", in: frame) {
                event = try scanner.fieldString(frame)
            } else if key.equals("id", in: frame) {
                requestID = try scanner.fieldText(frame)
            } else if key.equals("code", in: frame) {
                code = try scanner.fieldText(frame)
            } else if key.equals("msg", in: frame) {
                reason = try scanner.fieldString(frame)
            } else {
                try scanner.skipValue(frame)
            }
        }

        func requestID(_ frame: RawSpan) -> String? { frame.words(requestID) }
        func code(_ frame: RawSpan) -> String? { frame.words(code) }
        func reason(_ frame: RawSpan) -> String? { frame.words(reason) }
    }

    /// Codes that say something of the market or the channel that was asked for: it does not exist, or is not given at this address.
    ///
    /// All others are about the request or the server, and are asked again: 60014 too frequent, 63999 and 64007 internal errors.
    private static let verdicts: Set<String> = ["60018", "64003", "64004"]

    /// What a frame without trades is. Each channel of a request is acknowledged alone; an error names it in its words.
    func message(_ envelope: Envelope, _ frame: RawSpan) -> StreamMessage {
        guard let event = envelope.event else { return .ignored }
        let symbol = envelope.instrument(frame).flatMap(market.symbol)
        if event.equals("subscribe", in: frame) {
            return .acknowledged(requestID: nil, symbols: symbol.map { [$0] } ?? [])
        }
        let reason = envelope.reason(frame) ?? "no reason given"
        if event.equals("notice", in: frame) {
            return envelope.code(frame) == "64008" ? .closing(reason: reason) : .ignored
        }
        guard event.equals("error", in: frame) else { return .ignored }
        let isVerdict = OKX.verdicts.contains(envelope.code(frame) ?? "")
        return .refused(
            requestID: envelope.requestID(frame), symbol: symbol ?? OKX.instrument(in: reason).flatMap(market.symbol),
            isVerdict ? .market(reason: reason) : .passing(reason: reason))
    }

    /// `BTC-USDT` of `Wrong URL or channel:trades-all,instId:BTC-USDT doesn't exist. …`; nil where no instrument is named.
    private static func instrument(in words: String) -> String? {
        guard let mark = words.firstRange(of: "instId:") else { return nil }
        let name = words[mark.upperBound...].prefix { !" ,.}\"'".contains($0) }
        return name.isEmpty ? nil : String(name)
    }
}
