internal import CryptoCore

/// How a venue publishes trades: comma-separated values, a trade a row, of one market a file unless a column names it.
struct TradeDump: Sendable {
    /// What a column holds.
    enum Column: Sendable { case id, time, price, quantity, side, symbol, other }

    /// The names that a header begins with, in lower case, letters only.
    let header: String
    /// What a row looks like where there is no header: `n` a number or text, `t` a time of 13 or 16 digits, `b` true or false; empty: a
    /// header is always there.
    var shape = ""
    /// What the first columns hold; without an id it is a hash of the row.
    var columns: [Column] = []
    var spelling = VenueSymbols.Spelling.joined
    /// Files of other markets, by their names.
    var isOtherMarket: @Sendable (_ fileName: Substring) -> Bool = { _ in false }
    /// What rows are that make no ticks; empty: they make some.
    var refusal = ""
}

/// A file of trades as a venue publishes them.
struct TradeTable: Sendable {
    /// No dump has more columns; a line of commas must not take more memory than itself.
    private static let columnLimit = 32

    private let source: String
    private let dump: TradeDump
    /// Whether the first line names the columns.
    let hasHeader: Bool
    private let columnCount: Int
    private let fileName: Substring
    private let options: ReplayOptions
    private var symbols: VenueSymbols
    /// The market in the file's name, once it was looked for.
    private var named: SeriesID?

    /// The table that begins with this line; nil for a line of anything else.
    init?(_ line: RawSpan, path: String, _ options: ReplayOptions) {
        let cells = TradeTable.split(line).map { $0.string(in: line) }
        guard cells.count >= 5 else { return nil }
        let header = cells.map { $0.lowercased().filter { $0.isLetter } }.joined(separator: " ")
        let dumps = FrameSource.all.flatMap { source in source.dumps.map { (source: source.sources[0], dump: $0) } }
        let named = dumps.first { header.hasPrefix($0.dump.header) }
        let shape = TradeTable.shape(cells)
        guard let found = named ?? dumps.first(where: { $0.dump.shape == shape }) else { return nil }
        (source, dump, hasHeader, columnCount) = (found.source, found.dump, named != nil, cells.count)
        fileName = path.split(separator: "/").last ?? ""
        self.options = options
        symbols = VenueSymbols(
            .split(source: source, NameSplitter(coins: options.coins)), spelling: dump.spelling)
    }

    private static func shape(_ cells: [String]) -> String {
        cells.map { cell in
            if ["true", "false"].contains(cell.lowercased()) { return "b" }
            return [13, 16].contains(cell.count) && cell.allSatisfy(\.isNumber) ? "t" : "n"
        }.joined()
    }

    private static func split(_ row: RawSpan) -> [JSONText] {
        var cells: [JSONText] = []
        var start = 0
        for at in 0...row.byteCount where at == row.byteCount || row.byte(at) == UInt8(ascii: ",") {
            if cells.count == columnLimit { break }
            cells.append(JSONText(offset: start, count: at - start))
            start = at + 1
        }
        return cells
    }

    // MARK: Rows

    /// When the trade of a row happened; nil where that cannot be read. *Units*: ms since the epoch.
    func time(of row: RawSpan) -> Int64? {
        zip(TradeTable.split(row), dump.columns).first { $1 == .time }.flatMap { RecordedTime.milliseconds($0.0, row) }
    }

    /// Writes the trade of a row.
    /// - Throws: what is wrong with the row, or that nobody knows its market.
    mutating func play(
        _ row: RawSpan, into writer: inout TickWriter, unused: inout UnusedFrames
    ) throws(DecodeError) {
        guard dump.refusal.isEmpty else { return unused.note("rows of \(dump.refusal)") }
        let cells = TradeTable.split(row)
        // A row that breaks off would have another number in its last cell.
        guard cells.count == columnCount else {
            throw DecodeError(.badField("row", "one with as many cells as the first one"), at: 0)
        }
        var bytes = row.bytes(JSONText(offset: 0, count: row.byteCount))
        var (trade, market) = try trade(cells, row)
        if trade.id.isEmpty { trade.id = TradeTable.hash(cells, &bytes) }
        guard let series = try series(market, row, &writer) else {
            return unused.note("rows of \(source) markets that are not ours, such as inverse ones")
        }
        if case .malformed = writer.add(trade, of: series, ingestTime: .min, bytes.span.bytes) {
            throw DecodeError(.badField("row", "a trade whose price and quantity are more than 0"), at: 0)
        }
    }

    private func trade(
        _ cells: [JSONText], _ row: RawSpan
    ) throws(DecodeError) -> (TickWriter.TradeFields, market: JSONText) {
        var trade = TickWriter.TradeFields()
        var market = JSONText()
        for (cell, column) in zip(cells, dump.columns) {
            switch column {
            case .id: trade.id = cell
            case .price: trade.price = cell
            case .quantity: trade.quantity = cell
            case .symbol: market = cell
            case .side: trade.side = try TradeTable.side(cell, row)
            case .time:
                guard let time = RecordedTime.milliseconds(cell, row) else {
                    throw DecodeError(.badField("time", "one in s, ms, us or ns since the epoch"), at: cell.offset)
                }
                trade.eventTime = time
            case .other: break
            }
        }
        return (trade, market)
    }

    /// The taker's side, or whether the buyer was the maker.
    private static func side(_ cell: JSONText, _ row: RawSpan) throws(DecodeError) -> Side {
        switch cell.string(in: row).lowercased() {
        case "buy", "false": return .buy
        case "sell", "true": return .sell
        default: throw DecodeError(.badField("side", "Buy or Sell, or true or false"), at: cell.offset)
        }
    }

    /// A trade id that says what is in the row, put behind it.
    private static func hash(_ cells: [JSONText], _ row: inout [UInt8]) -> JSONText {
        var hash = FieldHash()
        for cell in cells { hash.add(cell, row.span.bytes) }
        return hash.write(to: &row)
    }

    // MARK: Markets

    /// The series of a row; nil where its market is none of ours.
    private mutating func series(
        _ market: JSONText, _ row: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) -> SeriesID? {
        if dump.columns.contains(.symbol) { return symbols.id(market, row, &writer.series) }
        if let named { return named }
        guard let symbol = symbolInName(&writer.series) else {
            throw DecodeError(
                .badField("file name", "one with the market in it, as in BTCUSDT-trades-2025-12-06.csv"), at: 0)
        }
        named = writer.series.intern(Series(source: source, symbol: symbol))
        return named
    }

    /// The market that a part of the file's name is: `BTCUSDT-trades-2025-12-06.csv`, `BTCUSDT_2025-05-19.csv.gz`; else the only one
    /// that the user names.
    private func symbolInName(_ table: inout SeriesTable) -> String? {
        if dump.isOtherMarket(fileName) { return nil }
        let parts = fileName.split { "-_.".contains($0) }.map(String.init)
        if let pair = options.pairs.first(where: { parts.contains(dump.spelling.name($0)) }) { return pair }
        if options.pairs.count == 1 { return options.pairs[0] }
        let splitter = NameSplitter(coins: options.coins)
        for part in parts where part.contains(where: \.isLetter) && part == part.uppercased() {
            let split = dump.spelling.symbol(part, splitter)
            guard let symbol = split.symbol, Series.isSymbol(symbol) else { continue }
            if case .guess(_, let others) = split {
                table.doubt(DoubtfulName(name: part, symbol: symbol, others: others))
            }
            return symbol
        }
        return nil
    }
}
