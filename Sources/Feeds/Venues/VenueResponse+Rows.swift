internal import CryptoCore

/// What venues' answers hold when they are none of their refusals: rows, somewhere in the body.
extension VenueResponse {
    /// Gives the value at `path`, a name an object, to `read`, which reads it; without a path that is the whole body.
    /// - Returns: whether there is one.
    /// - Throws: the body is not JSON.
    func value(
        at path: [StaticString], _ read: (inout JSONScanner, RawSpan) throws(DecodeError) -> Void
    ) throws(DecodeError) -> Bool {
        let body = body
        var scanner = JSONScanner()
        let isThere = try scanner.value(at: path[...], body.span.bytes, read)
        try scanner.end(body.span.bytes)
        return isThere
    }

    /// Gives each element of the array at `path` to `read`, which reads it; or each member of the object there, with its name.
    /// - Throws: the body is not JSON, or there is no such array, or object.
    func rows(
        at path: [StaticString], ofObject: Bool = false,
        _ read: (inout JSONScanner, RawSpan, JSONText?) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        var isThere = false
        _ = try value(at: path) { (scanner: inout JSONScanner, bytes: RawSpan) throws(DecodeError) in
            switch try scanner.peek(bytes) {
            case .array where !ofObject:
                try scanner.enterArray(bytes)
                while try scanner.nextElement(bytes) { try read(&scanner, bytes, nil) }
            case .object where ofObject:
                try scanner.enterObject(bytes)
                while let key = try scanner.nextKey(bytes) { try read(&scanner, bytes, key) }
            default: return try scanner.skipValue(bytes)
            }
            isThere = true
        }
        if !isThere { throw DecodeError(.missing(path.last.map { StaticText(stringLiteral: $0) } ?? "array"), at: 0) }
    }

    /// The text at `path`; nil where there is none, or an empty one.
    func text(at path: [StaticString]) throws(DecodeError) -> String? {
        var text: String?
        _ = try value(at: path) { (scanner: inout JSONScanner, bytes: RawSpan) throws(DecodeError) in
            text = bytes.words(try scanner.fieldString(bytes))
        }
        return text
    }

    /// The past trades in the array at `path`, in its order.
    ///
    /// - Parameter name: the market that was asked about, where trades name it.
    /// - Throws: the body is not what the venue sends.
    func trades<Members: TradeWords>(
        _: Members.Type, at path: [StaticString], of name: String
    ) throws(DecodeError) -> [TickWriter.TradeFields] {
        var trades: [TickWriter.TradeFields] = []
        try rows(at: path) { (scanner: inout JSONScanner, bytes: RawSpan, _) throws(DecodeError) in
            let start = scanner.at
            trades.append(try Members.trade(&scanner, bytes).past(of: name, bytes, at: start))
        }
        return trades
    }

    /// The past trades in the body's array, by ascending id, each once.
    /// - Throws: the body is not what the venue sends.
    func numberedTrades<Members: TradeWords>(_: Members.Type) throws(DecodeError) -> [HistoricTrade] {
        var trades: [HistoricTrade] = []
        try rows(at: []) { (scanner: inout JSONScanner, bytes: RawSpan, _) throws(DecodeError) in
            let start = scanner.at
            trades.append(try Members.trade(&scanner, bytes).numbered(bytes, at: start))
        }
        return trades.sortedByID()
    }

    /// The markets in the rows at `path`; a row of which `market` makes nothing is left out.
    ///
    /// - Parameters:
    ///   - names: the members of a row that are wanted: texts; `true` and `false` count as such.
    ///   - market: is given their texts in that order, nil where a member is absent or something else, and the row's own name where it
    ///     has one.
    /// - Throws: the body is not what the venue sends.
    func markets(
        at path: [StaticString], ofObject: Bool = false, _ names: [StaticString],
        _ market: ([String?], _ key: String?) -> ListedMarket?
    ) throws(DecodeError) -> [ListedMarket] {
        var markets: [ListedMarket] = []
        try rows(at: path, ofObject: ofObject) {
            (scanner: inout JSONScanner, bytes: RawSpan, key) throws(DecodeError) in
            var texts = [String?](repeating: nil, count: names.count)
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                let place = names.firstIndex { key.equals($0, in: bytes) }
                switch try scanner.peek(bytes) {
                case .string:
                    let text = try scanner.string(bytes)
                    if let place { texts[place] = text.string(in: bytes) }
                case .bool:
                    let flag = try scanner.bool(bytes)
                    if let place { texts[place] = flag ? "true" : "false" }
                default: try scanner.skipValue(bytes)
                }
            }
            if let market = market(texts, bytes.words(key)) { markets.append(market) }
        }
        return markets
    }
}

extension JSONScanner {
    fileprivate mutating func value(
        at path: ArraySlice<StaticString>, _ bytes: RawSpan,
        _ read: (inout JSONScanner, RawSpan) throws(DecodeError) -> Void
    ) throws(DecodeError) -> Bool {
        guard let name = path.first else {
            try read(&self, bytes)
            return true
        }
        var isThere = false
        try forMember(name, bytes) { (scanner: inout JSONScanner) throws(DecodeError) in
            isThere = try scanner.value(at: path.dropFirst(), bytes, read) || isThere
        }
        return isThere
    }
}
