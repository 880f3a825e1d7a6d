/// The rows of one series by one preset, and what its models said of them.
struct PredictionLane: Sendable {
    /// One model in the lane.
    struct Entry: Sendable {
        /// Its place among the partition's models.
        let slot: Int
        /// What it said of the row that is open; NaN: nothing.
        var probability = Double.nan
        /// Minutes in which predictions were decided and whose score is not written, by their ends.
        var minutes: ContiguousArray<ScoreMinute> = []
        /// How its predictions of the series begin: JSON members.
        let head: [UInt8]
    }

    var builder: RowBuilder
    var entries: ContiguousArray<Entry>
    /// Scores of minutes that end at or before this are written: the last minute's end that the watermark has passed.
    var scoredUntil = Int64.min
    /// The same as far as it was told to the rows that are pending.
    var toldUntil = Int64.min

    var preset: Preset { builder.preset }

    /// Whether time closes something here: a minute of rows, or of scores.
    var isOpen: Bool { builder.horizon.isOpen || entries.contains { !$0.minutes.isEmpty } }

    /// The end of the last minute that the watermark has passed, if that is news since the last call.
    @inline(__always)
    mutating func newEnd() -> Int64? {
        let watermark = builder.clock.watermark
        guard watermark != .min, toldUntil == .min || watermark >= toldUntil &+ ScoreMinute.lengthMs else { return nil }
        toldUntil = watermark.aligned(to: ScoreMinute.lengthMs)
        return toldUntil
    }

    /// What the clock shows when the next minute closes, should no tick come.
    var nextClosing: Int64 {
        let watermark = builder.clock.watermark
        guard watermark != .min else { return .max }
        return builder.clock.reaching(watermark.aligned(to: ScoreMinute.lengthMs) &+ ScoreMinute.lengthMs)
    }
}

/// The predictions of one series, in the order of the presets.
struct SeriesPredictions: Sendable {
    let name: Series
    let key: [UInt8]
    var lanes: ContiguousArray<PredictionLane> = []
    /// Whether the partition has it in its list of changed ones.
    var isListed = false
    /// Whether the partition told that a record of it came, since it was restored.
    var isMet = false

    init(_ name: Series) {
        self.name = name
        key = Array(name.description.utf8)
    }
}
