package import CryptoCore

extension RowBatch {
    /// Adds a window as a row of `windows`; a provisional one gets the id of its final.
    /// - Throws: what is wrong with the record; the batch is as before then.
    package mutating func appendWindow(_ value: RawSpan, origin: RecordOrigin) throws(DecodeError) {
        append(try WindowAggregate(decoding: value), origin: origin)
    }

    /// Adds a trend as a row of `trends`.
    /// - Throws: what is wrong with the record; the batch is as before then.
    package mutating func appendTrend(_ value: RawSpan, origin: RecordOrigin) throws(DecodeError) {
        append(try Trend(decoding: value), origin: origin)
    }

    /// Adds a dead letter as a row of `dead_letters`.
    /// - Parameter letter: what its headers say; nil when they do not say it, which is no reason to lose the bytes.
    package mutating func appendDeadLetter(
        _ letter: DeadLetter?, key: RawSpan?, value: RawSpan?, origin: RecordOrigin
    ) {
        let firstCell = cells.count
        addBytes(key)
        addBytes(value)
        if let letter {
            cells.append(.text(add(letter.originTopic)))
            cells.append(.integer(Int64(letter.originPartition)))
            cells.append(.integer(letter.originOffset))
            cells.append(.text(add(letter.error)))
            cells.append(.text(add(letter.service)))
        } else {
            for _ in 0..<5 { cells.append(.null) }
        }
        let id = appendOriginID(.deadLetters, origin)
        rows.append(Row(table: .deadLetters, origin: origin, id: id, firstCell: firstCell))
    }

    mutating func append(_ window: WindowAggregate, origin: RecordOrigin) {
        let firstCell = cells.count
        let start = text.count
        let (source, symbol) = addSeries(window.series)
        text.append(UInt8(ascii: ":"))
        let type = add(window.type.description)
        text.append(UInt8(ascii: ":"))
        add(window.windowStart)
        rows.append(Row(table: .windows, origin: origin, id: range(since: start), firstCell: firstCell))
        cells.append(.text(source))
        cells.append(.text(symbol))
        cells.append(.text(type))
        cells.append(.integer(window.windowStart))
        cells.append(.integer(window.windowEnd))
        cells.append(.bool(window.isFinal))
        cells.append(.integer(window.count))
        cells.append(.real(window.volume))
        cells.append(.real(window.amount))
        cells.append(.real(window.averagePrice))
        cells.append(window.vwap.map { .real($0) } ?? .null)
        cells.append(.real(window.open))
        cells.append(.real(window.high))
        cells.append(.real(window.low))
        cells.append(.real(window.close))
        cells.append(.real(window.stddev))
        cells.append(.real(window.buyVolume))
        cells.append(.real(window.sellVolume))
        cells.append(.integer(window.firstTime))
        cells.append(.integer(window.lastTime))
        cells.append(.bool(window.isIncomplete))
    }

    mutating func append(_ trend: Trend, origin: RecordOrigin) {
        let firstCell = cells.count
        let start = text.count
        let (source, symbol) = addSeries(trend.series)
        _ = add(":trend:")
        add(trend.asOf)
        rows.append(Row(table: .trends, origin: origin, id: range(since: start), firstCell: firstCell))
        var averages = JSONWriter()
        averages.beginArray()
        for average in trend.averages {
            if let average { averages.value(average) } else { averages.null() }
        }
        averages.endArray()
        cells.append(.text(source))
        cells.append(.text(symbol))
        cells.append(.integer(trend.asOf))
        let averagesStart = text.count
        text.append(contentsOf: averages.bytes)
        cells.append(.text(range(since: averagesStart)))
        cells.append(trend.slopePerMinute.map { .real($0) } ?? .null)
        cells.append(trend.changePct.map { .real($0) } ?? .null)
        cells.append(trend.direction.map { .text(add($0.description)) } ?? .null)
    }

    private mutating func addSeries(_ series: Series) -> (source: TextRange, symbol: TextRange) {
        let source = add(series.source)
        text.append(UInt8(ascii: ":"))
        return (source, add(series.symbol))
    }

    private mutating func addBytes(_ bytes: RawSpan?) {
        guard let bytes else { return cells.append(.null) }
        let start = text.count
        let isText = bytes.withUnsafeBytes { raw in
            text.append(contentsOf: raw)
            return String(validating: raw, as: UTF8.self) != nil
        }
        cells.append(isText ? .text(range(since: start)) : .bytes(range(since: start)))
    }
}
