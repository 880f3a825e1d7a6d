internal import CryptoCore
internal import System

extension CSVFile {
    /// Reads ticks as the sink's CSV store writes them.
    /// - Throws: `.malformed`. A last line that is cut is left out: the sink may be writing it.
    mutating func readTicks(into log: inout TickLog) throws(InputError) {
        let columns = try TickCSVColumns(self)
        var reader = reader
        while try next(&reader, mayBeCut: true) {
            if reader.isCut { break }
            guard reader.cells.count == columns.count else {
                throw malformed(reader.line, "\(reader.cells.count) cells where the header has \(columns.count)")
            }
            try readTick(reader, columns, into: &log)
            if reader.line & 0x3FFF != 0 { continue }
            log.report()
            if stop.isRequested { throw .stopped }
        }
        log.report()
    }

    private func readTick(
        _ reader: borrowing CSVReader, _ columns: TickCSVColumns, into log: inout TickLog
    ) throws(InputError) {
        let all = bytes.span.bytes
        let source = all.extracting(reader.cells[columns.source].indices)
        let symbol = all.extracting(reader.cells[columns.symbol].indices)
        guard let index = log.index(source: source, symbol: symbol) else { return }
        guard let time = reader.cells[columns.time].integer(in: all) else {
            throw malformed(reader.line, "event_time must be whole milliseconds since 1970")
        }
        if let wanted = TickView.wanted(insteadOf: time) {
            throw malformed(reader.line, "event_time must be \(wanted)")
        }
        let kind = reader.cells[columns.kind]
        if kind.equals("gap", in: all) { return }
        guard let price = reader.cells[columns.price].real(in: all), price > 0, price.isFinite else {
            throw malformed(reader.line, "price must be a number above 0")
        }
        if kind.equals("quote", in: all) {
            let change = try number(reader, columns.change, "change_24h_pct")
            let volume = try number(reader, columns.volume, "volume_24h")
            let quote = Observation(quote: price, change24hPct: change, volume24h: volume, eventTime: time)
            return log.add(try inTime(quote, reader), of: index)
        }
        guard kind.equals("trade", in: all) else { throw malformed(reader.line, "kind must be trade, quote or gap") }
        if let block = columns.blockTrade, reader.cells[block].equals("true", in: all) { return }
        guard let quantity = reader.cells[columns.quantity].real(in: all), quantity > 0, quantity.isFinite else {
            throw malformed(reader.line, "quantity must be a number above 0")
        }
        let side = reader.cells[columns.side]
        let isBuy = side.equals("buy", in: all)
        guard isBuy || side.isEmpty || side.equals("sell", in: all) else {
            throw malformed(reader.line, "side must be buy, sell or empty")
        }
        let trade = Observation(
            price: price, quantity: quantity, side: isBuy ? .buy : side.isEmpty ? nil : .sell, eventTime: time,
            id: all.extracting(reader.cells[columns.tradeID].indices))
        log.add(try inTime(trade, reader), of: index)
    }

    /// The tick; there is none outside the years that a tick can lie in.
    private func inTime(_ tick: Observation?, _ reader: borrowing CSVReader) throws(InputError) -> Observation {
        if let tick { return tick }
        throw malformed(reader.line, "event_time must be milliseconds since 1970 within the years 1 to 9999")
    }

    /// A number; NaN where it is missing, column and all.
    private func number(
        _ reader: borrowing CSVReader, _ column: Int?, _ name: StaticString
    ) throws(InputError) -> Double {
        guard let column, !reader.cells[column].isEmpty else { return .nan }
        if let value = reader.cells[column].real(in: bytes.span.bytes), value.isFinite { return value }
        throw malformed(reader.line, "\(name) must be a number or empty")
    }
}

/// Where the columns of ticks stand in a file.
struct TickCSVColumns {
    let count: Int
    let source, symbol, kind, time, tradeID, price, quantity, side: Int
    let blockTrade, change, volume: Int?

    /// - Throws: `.malformed` where a column is missing.
    init(_ file: borrowing CSVFile) throws(InputError) {
        let (names, path) = (file.names, file.path)
        func column(_ name: String) throws(InputError) -> Int {
            if let index = names.firstIndex(of: name) { return index }
            throw .malformed(
                path: path, line: 1,
                wanted:
                    "there is no column \(name): ticks have source, symbol, kind, event_time, trade_id, price, quantity and side; "
                    + "a table of rows has the preset's features and target")
        }
        count = names.count
        (source, symbol, kind) = (try column("source"), try column("symbol"), try column("kind"))
        (time, tradeID, price) = (try column("event_time"), try column("trade_id"), try column("price"))
        (quantity, side) = (try column("quantity"), try column("side"))
        blockTrade = names.firstIndex(of: "block_trade")
        change = names.firstIndex(of: "change_24h_pct")
        volume = names.firstIndex(of: "volume_24h")
    }
}

extension CSVReader.Cell {
    fileprivate var indices: Range<Int> { offset..<offset + count }
}
