/// Makes the rows of one series of its ticks, one after the other: the one place where features come from, in training (`TickHistory`) and
/// in serving (`PartitionPredictions`).
///
/// Which ticks count, and how far time is, others say: a stream's `TickGate`, or the order of history.
package struct RowBuilder: Sendable {
    package let preset: Preset
    private var direction = DirectionRows()
    private var difference = DifferenceRows()
    private let ticker = TickerRows()
    var horizon = HorizonRows()

    init(_ preset: Preset) { self.preset = preset }

    /// Takes the next tick that counts, behind which minutes that end at or before `watermark` (ms) are final.
    /// *Complexity*: O(1), nothing allocated, but for minutes that close.
    /// - Returns: whether rows are made of ticks of its kind.
    @inline(__always)
    mutating func add(_ tick: Observation, watermark: Int64, into sink: inout some RowSink) -> Bool {
        let isWanted = preset.wantsTrades.map { $0 == (tick.kind == .trade) } ?? true
        if isWanted {
            switch preset {
            case .direction: direction.add(tick, into: &sink)
            case .difference: difference.add(tick, into: &sink)
            case .tickerTrend: ticker.add(tick, into: &sink)
            case .horizon: horizon.add(tick, watermark: watermark)
            }
        }
        advance(to: watermark, into: &sink)
        return isWanted
    }

    /// The same in history, which is sorted, so that time is as far as its newest tick.
    mutating func addInOrder(_ tick: Observation, into sink: inout some RowSink) {
        _ = add(tick, watermark: tick.eventTime, into: &sink)
    }

    /// Minutes that end at or before `watermark` (ms) are final.
    mutating func advance(to watermark: Int64, into sink: inout some RowSink) {
        if preset == .horizon { horizon.advance(to: watermark, into: &sink) }
    }

    /// Ends history: nothing comes any more.
    mutating func finish(into sink: inout some RowSink) {
        if let end = horizon.lastEnd { horizon.advance(to: end, into: &sink) }
    }

    // MARK: State

    /// Appends all but minutes, which stand in the changelog by themselves.
    func encode(into writer: inout ChangelogWriter) {
        switch preset {
        case .direction: direction.encode(into: &writer)
        case .difference: difference.encode(into: &writer)
        case .tickerTrend: break
        case .horizon: horizon.encode(into: &writer)
        }
    }

    /// Reads what `encode` wrote for a builder of the same preset.
    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        switch preset {
        case .direction: try direction.restore(&reader)
        case .difference: try difference.restore(&reader)
        case .tickerTrend: break
        case .horizon: try horizon.restore(&reader)
        }
    }
}
