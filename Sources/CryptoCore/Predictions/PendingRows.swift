/// What happened to rows since predictions were last made, in its order: many rows go through a forest faster than one.
struct PendingRows: Sendable {
    /// So many opened rows are predicted together: what they take stays in a core's cache.
    static let capacity = 256

    enum Kind: UInt8, BitwiseCopyable { case opened, decided, dropped, ended }

    struct Event: Sendable {
        let kind: Kind
        /// Of the tick that opened the row.
        let tickKind: TickKind
        let series: Int32
        let lane: Int32
        /// Where that tick's id lies in `ids`; empty where it has none.
        var id = 0..<0
        var row: Row
        /// Of a decided row. Of `ended`: what is over from `until` back.
        var outcome = RowOutcome(target: 0, until: 0)
    }

    private(set) var events: ContiguousArray<Event> = []
    /// Trade ids as JSON strings without their quotes, one behind the other.
    private(set) var ids: [UInt8] = []
    private var openedCount = 0
    // Whose rows are coming.
    private var series: Int32 = 0
    private var lane: Int32 = 0
    private var tickKind = TickKind.trade
    private var id = 0..<0

    init() {}

    var isEmpty: Bool { events.isEmpty }
    var isFull: Bool { openedCount >= PendingRows.capacity }

    /// What comes now belongs to a tick.
    @inline(__always)
    mutating func begin(_ tick: TickView, _ bytes: RawSpan) {
        tickKind = tick.kind
        id = ids.count..<ids.count
        guard tick.kind == .trade else { return }
        if tick.tradeID.isEscaped {
            appendEscaped(tick.tradeID.string(in: bytes))
        } else {
            let place = tick.tradeID.offset..<tick.tradeID.offset + tick.tradeID.count
            bytes.extracting(place).withUnsafeBytes { ids.append(contentsOf: $0) }
        }
        id = id.lowerBound..<ids.count
    }

    /// What comes now belongs to no tick, but to the end of a minute.
    mutating func beginWithoutTick() { id = 0..<0 }

    /// What comes now belongs to this lane.
    @inline(__always)
    mutating func begin(series: Int, lane: Int) {
        self.series = Int32(truncatingIfNeeded: series)
        self.lane = Int32(truncatingIfNeeded: lane)
    }

    /// The watermark of the series has passed the end of a minute.
    mutating func end(minute end: Int64) {
        append(.ended, Row(time: end), RowOutcome(target: 0, until: end))
    }

    mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
        openedCount = 0
    }

    private mutating func appendEscaped(_ text: String) {
        var json = JSONWriter()
        json.value(text)
        ids += json.bytes.dropFirst().dropLast()
    }

    @inline(__always)
    private mutating func append(_ kind: Kind, _ row: Row, _ outcome: RowOutcome = RowOutcome(target: 0, until: 0)) {
        events.append(
            Event(
                kind: kind, tickKind: tickKind, series: series, lane: lane, id: kind == .opened ? id : 0..<0, row: row,
                outcome: outcome))
    }
}

extension PendingRows: RowSink {
    mutating func opened(_ row: Row) {
        append(.opened, row)
        openedCount += 1
    }
    mutating func decided(_ row: Row, _ outcome: RowOutcome) { append(.decided, row, outcome) }
    mutating func dropped(_ row: Row) { append(.dropped, row) }
}
