internal import CryptoCore

/// From when to when a block on the disk has ticks of one series, in case that it cannot be read back. *Units*: ms since the epoch.
struct BufferExtent {
    let series: SeriesID
    private(set) var from: Int64
    private(set) var to: Int64

    /// The extents of a block's series, which go into `names` where they are new. What is no tick has none.
    static func of(_ block: BufferBlock, _ names: inout [SeriesID: Series]) -> [BufferExtent] {
        var extents: [SeriesID: BufferExtent] = [:]
        block.forEach { entry, json in
            var from = entry.eventTime
            if entry.kind == .gap || names[entry.series] == nil {
                guard let tick = try? Tick(decoding: json) else { return true }
                names[entry.series] = tick.series
                if case .gap(let gap) = tick.kind { from = gap.from }
            }
            var extent = extents[entry.series] ?? BufferExtent(series: entry.series, from: from, to: entry.eventTime)
            extent.from = min(extent.from, from)
            extent.to = max(extent.to, entry.eventTime)
            extents[entry.series] = extent
            return true
        }
        return extents.values.sorted { $0.series.index < $1.series.index }
    }

    /// The gap that its ticks leave, which lie between its ends.
    func gap(of series: Series) -> Tick {
        let gap = Tick.Gap(from: from - 1, to: to + 1, reason: GapReason.overflow.rawValue)
        return Tick(series: series, kind: .gap(gap), eventTime: gap.to, ingestTime: gap.to)
    }
}
