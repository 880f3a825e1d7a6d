import CryptoCore

extension RowBatch {
    /// Writes `<model>:<version>:` and the id of the tick or minute that the prediction was made for.
    /// - Parameter firstCell: of the prediction's cells.
    mutating func appendPredictionID(firstCell: Int) -> TextRange {
        let start = text.count
        add(cells[firstCell &+ PredictionColumn.model])
        text.append(UInt8(ascii: ":"))
        add(cells[firstCell &+ PredictionColumn.version])
        text.append(UInt8(ascii: ":"))
        guard case .text(let source) = cells[firstCell &+ PredictionColumn.source],
            case .text(let symbol) = cells[firstCell &+ PredictionColumn.symbol],
            case .integer(let time) = cells[firstCell &+ PredictionColumn.eventTime],
            case .text(let kind) = cells[firstCell &+ PredictionColumn.kind]
        else { preconditionFailure("a prediction without a series, a time or a kind") }
        if equals(kind.indices, "quote") {
            _ = appendQuoteID(time, source: source, symbol: symbol)
        } else if equals(kind.indices, "trade") {
            addSeries(source, symbol)
            text.append(UInt8(ascii: ":"))
            add(cells[firstCell &+ PredictionColumn.tradeID])
        } else {
            addSeries(source, symbol)
            _ = add(":tumbling:")
            add(time - RowBatch.minuteMs)
        }
        return range(since: start)
    }

    private static let minuteMs: Int64 = 60_000
}

/// Cells of a prediction that are looked at.
enum PredictionColumn {
    static let source = Table.predictions.index(of: "source")
    static let symbol = Table.predictions.index(of: "symbol")
    static let model = Table.predictions.index(of: "model")
    static let version = Table.predictions.index(of: "version")
    static let kind = Table.predictions.index(of: "kind")
    static let eventTime = Table.predictions.index(of: "event_time")
    static let tradeID = Table.predictions.index(of: "trade_id")
}
