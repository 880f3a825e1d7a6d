internal import CryptoCore

/// How the feed of one source does, by the ticks of its series.
struct FeedState: Equatable, Sendable {
    /// A gap that ended so long ago is no longer the feed's state. *Units*: ms.
    private static let gapMs: Int64 = 60_000

    let source: String
    var series = 0
    /// When its newest tick came, and when that happened. *Units*: ms.
    var newest: Int64?
    var newestEvent: Int64?
    var gap: LiveRow.Gap?
    var gapSeries = ""
    /// Whether no series of it is in its usual pace.
    var isSilent = true

    /// The states of all sources, by name.
    static func all(of rows: [LiveRow], now: Int64) -> [FeedState] {
        var states: [String: FeedState] = [:]
        for row in rows where row.tick != nil || row.gap != nil {
            var state = states[row.series.source] ?? FeedState(source: row.series.source)
            state.add(row, now)
            states[row.series.source] = state
        }
        return states.values.sorted { $0.source < $1.source }
    }

    private mutating func add(_ row: LiveRow, _ now: Int64) {
        series += 1
        if let tick = row.tick {
            newest = max(newest ?? .min, tick.ingestTime)
            newestEvent = max(newestEvent ?? .min, tick.time)
            if now - tick.ingestTime <= row.staleAfterMs { isSilent = false }
        }
        if let gap = row.gap, gap.to > self.gap?.to ?? .min { (self.gap, gapSeries) = (gap, row.series.description) }
    }

    /// Appends it as an object.
    func encode(now: Int64, into json: inout JSONWriter) {
        let hasGap = gap.map { now - $0.to < FeedState.gapMs } ?? false
        json.beginObject()
        json.field("source", source)
        json.field("series", Int64(series))
        if let newest { json.field("newest", newest) }
        if let newestEvent { json.field("newest_event", newestEvent) }
        json.field("state", isSilent ? "silent" : hasGap ? "gap" : "live")
        if let gap {
            json.key("gap")
            json.beginObject()
            json.field("from", gap.from)
            json.field("to", gap.to)
            json.field("reason", gap.reason)
            json.field("series", gapSeries)
            json.endObject()
        }
        json.endObject()
    }
}
