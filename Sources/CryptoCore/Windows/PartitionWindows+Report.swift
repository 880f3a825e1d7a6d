/// What a partition, or several, hold now: for gauges.
public struct WindowTotals: Equatable, Sendable {
    /// Series ever met.
    public var series = 0
    /// Series with open windows.
    public var openSeries = 0
    /// Tumbling and sliding windows that hold ticks and are not final.
    public var openWindows = 0
    /// Trade ids held in memory, those included that the next sweep forgets.
    public var rememberedIDs = 0
    /// The smallest watermark of the series with open windows; nil when there is none.
    public var oldestWatermark: Int64?
    /// The largest event time counted; nil when no tick was.
    public var newestEventTime: Int64?

    public init() {}
}

extension PartitionWindows {
    /// Adds what this partition holds. *Complexity*: O(series), some ns each.
    public func addTotals(to totals: inout WindowTotals) {
        totals.series += series.count
        for i in series.indices {
            totals.rememberedIDs += series[i].rememberedIDs
            let newest = series[i].newest
            if newest != SeriesWindows.never { totals.newestEventTime = max(totals.newestEventTime ?? newest, newest) }
            guard series[i].hasOpenWindows, let watermark = watermark(ofSeries: i) else { continue }
            totals.openSeries += 1
            totals.openWindows += series[i].openWindowCount(after: watermark)
            totals.oldestWatermark = min(totals.oldestWatermark ?? watermark, watermark)
        }
    }

    /// The number of a series; nil when this partition never met it.
    public func index(of name: Series) -> Int? {
        let key = Array(name.description.utf8)
        return table.index(of: key.span.bytes)
    }

    /// Appends a JSON object: where the partition stands and what its records were, without its series.
    public func encodeReport(into json: inout JSONWriter) {
        json.beginObject()
        json.field("partition", Int64(partition))
        json.key("next_offset")
        if let nextOffset { json.value(nextOffset) } else { json.null() }
        json.field("series", Int64(series.count))
        json.key("end_confirmed_time")
        if confirmedAt == SeriesWindows.never { json.null() } else { json.value(confirmedAt) }
        json.key("counts")
        json.beginObject()
        json.field("read", Int64(clamping: counts.read))
        json.field("counted", Int64(clamping: counts.counted))
        json.field("block_trades", Int64(clamping: counts.blockTrades))
        json.field("duplicates", Int64(clamping: counts.duplicates))
        json.field("late", Int64(clamping: counts.late))
        json.field("gaps", Int64(clamping: counts.gaps))
        json.field("dead_letters", Int64(clamping: counts.deadLetters))
        json.field("skipped", Int64(clamping: counts.skipped))
        json.endObject()
        json.endObject()
    }

    /// The record of the newest bar of a series; nil before its first final minute.
    public func newestIndicators(ofSeries index: Int) -> Indicators? {
        series[index].indicators.record(of: series[index].series)
    }

    /// Appends a JSON object with the open windows of a series: its open minutes as on `windows.live`, the newest one last.
    /// - Parameter isDetailed: each open sliding window and each gap too, which a short slide makes many.
    public func encodeReport(ofSeries index: Int, isDetailed: Bool, into json: inout JSONWriter) {
        let one = series[index]
        let watermark = watermark(ofSeries: index)
        json.beginObject()
        json.field("source", one.series.source)
        json.field("symbol", one.series.symbol)
        json.field("partition", Int64(partition))
        json.key("watermark")
        if let watermark { json.value(watermark) } else { json.null() }
        json.key("newest_event_time")
        if one.newest == SeriesWindows.never { json.null() } else { json.value(one.newest) }
        json.key("last_read_time")
        if one.newest == SeriesWindows.never { json.null() } else { json.value(one.lastReadAt) }
        one.encodeOpenWindows(after: watermark ?? SeriesWindows.never, isDetailed, into: &json)
        json.field("remembered_ids", Int64(one.rememberedIDs))
        json.endObject()
    }
}

extension SeriesWindows {
    fileprivate func encodeOpenWindows(after watermark: Int64, _ isDetailed: Bool, into json: inout JSONWriter) {
        json.key("minutes")
        json.beginArray()
        forEachOpenEnd(after: watermark, step: WindowConfiguration.windowLength) {
            openWindow(.tumbling, endingAt: $0)?.encode(into: &json)
        }
        json.endArray()
        var sliding: [Int64] = []
        forEachOpenEnd(after: watermark, step: slide) { sliding.append($0) }
        json.field("sliding_windows", Int64(sliding.count))
        if let first = sliding.first, let last = sliding.last {
            json.field("first_sliding_end", first)
            json.field("last_sliding_end", last)
        }
        json.field("gaps", Int64(gaps.spans.count + (gaps.openFrom == nil ? 0 : 1)))
        guard isDetailed else { return }
        json.key("sliding")
        json.beginArray()
        for end in sliding { openWindow(.sliding, endingAt: end)?.encode(into: &json) }
        json.endArray()
        json.key("gap_spans")
        json.beginArray()
        for span in gaps.spans {
            json.beginObject()
            json.field("gap_from", span.from)
            json.field("gap_to", span.to)
            json.endObject()
        }
        if let from = gaps.openFrom {
            json.beginObject()
            json.field("gap_from", from)
            json.key("gap_to")
            json.null()
            json.endObject()
        }
        json.endArray()
    }

    private func openWindow(_ type: WindowType, endingAt end: Int64) -> WindowAggregate? {
        let isIncomplete = gaps.overlaps(end &- WindowConfiguration.windowLength, end)
        return merged(endingAt: end)?.window(series, type, end: end, isFinal: false, isIncomplete: isIncomplete)
    }
}
