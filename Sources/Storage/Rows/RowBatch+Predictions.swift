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
            add(time - WindowConfiguration.windowLength)
        }
        return range(since: start)
    }

    /// Whether the document or row of its tick has what a prediction says (`Prediction.isJoined`).
    func isJoined(_ row: Int) -> Bool {
        guard rows[row].table === Table.predictions, case .bool(true) = cell(row, PredictionColumn.default),
            case .text(let kind) = cell(row, PredictionColumn.kind)
        else { return false }
        if case .bool(true) = cell(row, PredictionColumn.shadow) { return false }
        return !equals(kind.indices, "window")
    }

    /// The id of the tick that a prediction was made for: what stands in its own behind the second colon.
    func tickID(ofPrediction row: Int) -> TextRange {
        let indices = rows[row].id.indices
        var at = indices.lowerBound
        for _ in 0..<2 {
            while at < indices.upperBound, text[at] != UInt8(ascii: ":") { at += 1 }
            at += 1
        }
        return TextRange(offset: UInt32(at), count: UInt32(indices.upperBound - at))
    }

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
    static let prediction = Table.predictions.index(of: "prediction")
    static let probability = Table.predictions.index(of: "probability")
    static let `default` = Table.predictions.index(of: "default")
    static let shadow = Table.predictions.index(of: "shadow")
}
