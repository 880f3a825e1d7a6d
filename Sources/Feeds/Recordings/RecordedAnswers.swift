internal import CryptoCore

extension FramePlayer.Connection {
    /// Writes what an answer over HTTP holds: past trades, which become backfilled ones, or prices. Nothing is written of an answer that
    /// is about none of the connection's symbols. *Units*: `ms` since the epoch, when it came.
    /// - Throws: the body is not what the venue sends.
    mutating func play(
        _ response: VenueResponse, to address: String, at ms: Int64, _ coins: Coins, into writer: inout TickWriter
    ) throws(DecodeError) {
        switch venue?.feed {
        case .prices(let make)?:
            var venue = prices ?? make(order(coins))
            defer { prices = venue }
            let asked = RequestSubject(address)
            let past = symbols.first { symbol in
                venue.pastRequest(symbol, lengthMs: 1).map { RequestSubject($0.address) } == asked
            }
            if let past {
                _ = try venue.decodePast(response, past, sinceMs: .min, receivedMs: ms, into: &writer)
            } else {
                _ = try venue.decode(response, Array(venue.questions.joined()), receivedMs: ms, into: &writer)
            }
        case .stream(_, .numbered(let make))?:
            let history = make(VenueOrder())
            func page(_ symbol: String) -> HistoryPage { HistoryPage(symbol: symbol, first: nil, sinceMs: 0) }
            guard let symbol = symbol(of: address, { history.request(page($0)) }),
                case .trades(let trades, _) = try history.decode(response, page(symbol))
            else { return }
            write(trades.map(\.fields), of: symbol, response, at: ms, into: &writer)
        case .stream(_, .newest(let make))?:
            let recent = make(VenueOrder())
            guard let symbol = symbol(of: address, recent.request),
                case .trades(let trades) = try recent.decode(response, symbol)
            else { return }
            write(trades, of: symbol, response, at: ms, into: &writer)
        case .stream(_, .nothing)?, nil: return
        }
    }

    /// The symbols, or how many of the largest, for whoever reads prices of them.
    private func order(_ coins: Coins) -> VenueOrder {
        let items = symbols.map { symbol in
            let base = Series(source: "", symbol: symbol).base
            let id = venue?.markets.areCoins == true ? coins.id(ofTicker: base) ?? base.lowercased() : nil
            return VenueOrder.Item(word: symbol, market: ListedMarket(symbol, name: id))
        }
        return VenueOrder(items, top: top)
    }

    /// The symbol whose trades are asked for at an address.
    private func symbol(of address: String, _ request: (String) -> VenueRequest) -> String? {
        let asked = RequestSubject(address)
        return symbols.first { RequestSubject(request($0).address).isSameMarket(as: asked) }
    }

    private func write(
        _ trades: [TickWriter.TradeFields], of symbol: String, _ response: VenueResponse, at ms: Int64,
        into writer: inout TickWriter
    ) {
        let id = writer.series.intern(Series(source: venue?.source ?? "", symbol: symbol))
        for trade in trades { _ = writer.add(trade, of: id, ingestTime: ms, response.body.span.bytes) }
    }
}

/// What a request is about, whatever page of it: its path, and the parameters that are no numbers.
private struct RequestSubject: Equatable {
    private let path: Substring
    private let words: [Substring]

    init(_ address: String) {
        let parts = address.split(separator: "?", maxSplits: 1)
        path = parts.first ?? ""
        words = parts.dropFirst().flatMap { $0.split(separator: "&") }.filter { parameter in
            !(parameter.split(separator: "=").last ?? "").allSatisfy(\.isNumber)
        }
    }

    /// Whether both are about the same market: a venue may tell its trades at several paths, but names it alike.
    func isSameMarket(as other: RequestSubject) -> Bool { words.isEmpty ? self == other : words == other.words }
}
