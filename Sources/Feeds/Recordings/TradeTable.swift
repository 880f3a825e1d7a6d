internal import CryptoCore

/// A venue's dump of trades: comma-separated values, a trade a row, of one market a file.
///
/// *Source*: binance/binance-public-data, `README.md`, and the files' headers (`trades` of spot and of USD-M futures; spot times have
/// 16 digits since 2025); public.bybit.com, the headers of its `trading` and `spot` files.
struct TradeTable: Sendable {
    /// Which column holds what.
    private struct Columns: Sendable {
        var source: String
        var spelling = VenueSymbols.Spelling.joined
        /// Nil where the venue gives no trade ids: then it is a hash of the row.
        var id: Int?
        var time: Int
        var price: Int
        var quantity: Int
        var side: Int
        /// Nil where the file's name tells the market.
        var symbol: Int?
    }

    private static let binance = Columns(source: "binance", id: 0, time: 4, price: 1, quantity: 2, side: 5)
    private static let binanceLinear = Columns(
        source: "binance-linear", id: 0, time: 4, price: 1, quantity: 2, side: 5)
    private static let bybit = Columns(source: "bybit", time: 1, price: 2, quantity: 3, side: 4)
    private static let bybitLinear = Columns(
        source: "bybit-linear", spelling: Bybit.Category.linear.spelling, id: 6, time: 0, price: 4, quantity: 3,
        side: 2, symbol: 1)

    private static let sums = "rows of aggregated trades (sums of trades, not trades)"
    private static let contracts = "rows of coin-margined trades (their quantities are contracts)"

    /// Nil where rows make no ticks.
    private let columns: Columns?
    /// Whether the first line names the columns.
    let hasHeader: Bool
    /// What rows are that make no ticks.
    private let kind: String
    private let path: String
    private let options: RecordingOptions
    private var symbols: VenueSymbols
    /// The market in the file's name, once it was looked for.
    private var named: SeriesID?
    private var bytes: [UInt8] = []
    private var cells: [JSONText] = []

    /// The table that begins with this line; nil for a line of anything else.
    init?(_ line: RawSpan, path: String, _ options: RecordingOptions) {
        self.path = path
        self.options = options
        let cells = TradeTable.split(line).map { $0.string(in: line) }
        guard cells.count >= 5 else { return nil }
        let names = cells.map { String($0.lowercased().filter { $0.isLetter }) }
        let header = TradeTable.known(names)
        guard let found = header ?? TradeTable.known(shape: cells) else { return nil }
        hasHeader = header != nil
        columns = found.columns
        kind = found.kind
        symbols = VenueSymbols(
            .split(source: found.columns?.source ?? "", NameSplitter(coins: options.coins)),
            spelling: found.columns?.spelling ?? .joined)
    }

    /// The columns by the names in a header, in lower case and without anything but letters.
    private static func known(_ names: [String]) -> (columns: Columns?, kind: String)? {
        func begins(_ text: String) -> Bool { names.starts(with: text.split(separator: " ").map(String.init)) }
        if begins("timestamp symbol side size price tickdirection trdmatchid") { return (bybitLinear, "") }
        if begins("id timestamp price volume side") { return (bybit, "") }
        if begins("id price qty quoteqty time isbuyermaker isbestmatch") { return (binance, "") }
        if begins("id price qty quoteqty time isbuyermaker") { return (binanceLinear, "") }
        if begins("id price qty baseqty time isbuyermaker") { return (nil, contracts) }
        return names.first.map { $0.hasPrefix("agg") } == true ? (nil, sums) : nil
    }

    /// The columns by what stands in them: Binance's files mostly have no header.
    private static func known(shape cells: [String]) -> (columns: Columns?, kind: String)? {
        let shape = cells.map { cell in
            ["true", "false"].contains(cell.lowercased())
                ? "b" : [13, 16].contains(cell.count) && cell.allSatisfy(\.isNumber) ? "t" : "n"
        }.joined()
        switch shape {
        case "nnnntbb": return (binance, "")
        case "nnnntb": return (binanceLinear, "")
        case "nnnnntb", "nnnnntbb": return (nil, sums)
        default: return nil
        }
    }

    // MARK: Rows

    /// When the trade of a row happened; nil where that cannot be read. *Units*: ms since the epoch.
    func time(of row: RawSpan) -> Int64? {
        guard let columns else { return nil }
        let cells = TradeTable.split(row)
        return cells.count > columns.time ? TradeTable.time(cells[columns.time], row) : nil
    }

    /// Writes the trade of a row.
    /// - Throws: what is wrong with the row, or that nobody knows its market.
    mutating func play(
        _ row: RawSpan, into writer: inout TickWriter, unused: inout UnusedFrames
    ) throws(DecodeError) {
        guard let columns else { return unused.note(kind) }
        cells = TradeTable.split(row)
        let last = [columns.time, columns.price, columns.quantity, columns.side, columns.id ?? 0].max() ?? 0
        guard cells.count > last, let time = TradeTable.time(cells[columns.time], row) else {
            throw DecodeError(.badField("row", "one with a trade's time, price, quantity and side"), at: 0)
        }
        var trade = TickWriter.TradeFields()
        (trade.eventTime, trade.price, trade.quantity) = (time, cells[columns.price], cells[columns.quantity])
        trade.side = try TradeTable.side(cells[columns.side], row)
        guard let series = try series(columns, row, &writer) else {
            return unused.note("rows of \(columns.source) markets that are not ours, such as inverse ones")
        }
        bytes.removeAll(keepingCapacity: true)
        row.withUnsafeBytes { bytes.append(contentsOf: $0) }
        trade.id = columns.id.map { cells[$0] } ?? hash()
        if case .malformed = writer.add(trade, of: series, ingestTime: .min, bytes.span.bytes) {
            throw DecodeError(.badField("row", "a trade whose price and quantity are more than 0"), at: 0)
        }
    }

    private mutating func hash() -> JSONText {
        var hash = FieldHash()
        for cell in cells { hash.add(cell, bytes.span.bytes) }
        return hash.write(to: &bytes)
    }

    /// Binance says whether the buyer was the maker, Bybit the taker's side.
    private static func side(_ cell: JSONText, _ row: RawSpan) throws(DecodeError) -> Side {
        switch cell.string(in: row).lowercased() {
        case "buy", "false": return .buy
        case "sell", "true": return .sell
        default: throw DecodeError(.badField("side", "Buy or Sell, or true or false"), at: cell.offset)
        }
    }

    /// Seconds with decimals, milliseconds or microseconds, told apart by their size.
    private static func time(_ cell: JSONText, _ row: RawSpan) -> Int64? {
        if row.withUnsafeBytes({ $0[cell.offset..<cell.offset + cell.count].contains(UInt8(ascii: ".")) }) {
            return SecondsText.milliseconds(cell, row)
        }
        return Int64(cell.string(in: row)).flatMap { RecordingDecoder.milliseconds($0, decimals: 0) }
    }

    /// No table of ours has more; a line of commas must not take more memory than itself.
    private static let cellLimit = 32

    private static func split(_ row: RawSpan) -> [JSONText] {
        var cells: [JSONText] = []
        var start = 0
        for at in 0...row.byteCount where at == row.byteCount || row.byte(at) == UInt8(ascii: ",") {
            if cells.count == cellLimit { break }
            cells.append(JSONText(offset: start, count: at - start))
            start = at + 1
        }
        return cells
    }

    // MARK: Markets

    /// The series of a row; nil where its market is none of ours.
    private mutating func series(
        _ columns: Columns, _ row: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) -> SeriesID? {
        if let symbol = columns.symbol { return symbols.id(cells[symbol], row, &writer.series) }
        if let named { return named }
        guard let symbol = symbolInName(columns.spelling, &writer.series) else {
            throw DecodeError(
                .badField("file name", "one with the market in it, as in BTCUSDT-trades-2025-12-06.csv"), at: 0)
        }
        named = writer.series.intern(Series(source: columns.source, symbol: symbol))
        return named
    }

    /// The market that a part of the file's name is: `BTCUSDT-trades-2025-12-06.csv`, `BTCUSDT_2025-05-19.csv.gz`; else the only one
    /// that the user names.
    private func symbolInName(_ spelling: VenueSymbols.Spelling, _ table: inout SeriesTable) -> String? {
        let name = path.split(separator: "/").last ?? ""
        // Coin-margined contracts are called BTCUSD_PERP; those that end on a day, BTCUSDT_240628, are other markets.
        if name.contains("_PERP") || name.contains(/^[A-Z0-9]+_[0-9]{6}-/) { return nil }
        let parts = name.split { "-_.".contains($0) }.map(String.init)
        if let pair = options.pairs.first(where: { parts.contains(spelling.name($0)) }) { return pair }
        if options.pairs.count == 1 { return options.pairs[0] }
        let splitter = NameSplitter(coins: options.coins)
        for part in parts where part.contains(where: \.isLetter) && part == part.uppercased() {
            let split = spelling.symbol(part, splitter)
            guard let symbol = split.symbol, Series.isSymbol(symbol) else { continue }
            if case .guess(_, let others) = split {
                table.doubt(DoubtfulName(name: part, symbol: symbol, others: others))
            }
            return symbol
        }
        return nil
    }
}
