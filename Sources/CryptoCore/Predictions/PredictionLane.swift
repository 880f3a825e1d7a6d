/// The rows of one series by one preset, and what its models said of them.
struct PredictionLane: Sendable {
    /// One model in the lane: it predicts while it is served; when it is not any more, what it said is decided and scored, and then it goes.
    struct Entry: Sendable {
        /// Its place among the partition's models; nil: it is served no more.
        var slot: Int?
        let basis: ScoreBasis
        /// What it said of the row that is open; NaN: nothing.
        var probability = Double.nan
        /// Minutes in which predictions were decided and whose score is not written, by their ends.
        var minutes: ContiguousArray<ScoreMinute> = []
        /// How its predictions of the series begin: JSON members.
        var head: [UInt8] = []

        /// Whether nothing of it waits.
        var isOver: Bool { probability.isNaN && minutes.isEmpty }
    }

    var builder: RowBuilder
    var entries: ContiguousArray<Entry> = []

    init(_ preset: Preset) { builder = RowBuilder(preset) }

    var preset: Preset { builder.preset }

    /// Whether a model predicts its rows.
    var isServed: Bool { entries.contains { $0.slot != nil } }

    /// Whether time closes something here: a minute of rows, or of scores.
    var isOpen: Bool { builder.horizon.isOpen || entries.contains { !$0.minutes.isEmpty } }

    /// The place of a model that is served no more, which is made where there is none.
    mutating func place(of basis: ScoreBasis) -> Int {
        if let known = entries.firstIndex(where: { $0.basis.label == basis.label }) { return known }
        entries.append(Entry(basis: basis))
        return entries.count - 1
    }
}

/// The predictions of one series, in the order of the presets.
struct SeriesPredictions: Sendable {
    let name: Series
    let key: [UInt8]
    /// Which ticks count, and how far the series' time is. It stays when no model predicts the series any more.
    var gate: TickGate
    var lanes: ContiguousArray<PredictionLane> = []
    /// Scores of minutes that end at or before this are written: the last minute's end that the watermark has passed.
    var scoredUntil = Int64.min
    /// The same as far as it was told to the rows that are pending.
    var toldUntil = Int64.min
    /// Whether the partition has it in its list of changed ones.
    var isListed = false
    /// Whether the partition told that a record of it came, since it was restored.
    var isMet = false

    init(_ name: Series, _ time: WindowConfiguration) {
        self.name = name
        gate = TickGate(time)
        key = Array(name.description.utf8)
    }

    /// Whether a model predicts it.
    var isServed: Bool { lanes.contains { $0.isServed } }
    /// Whether something waits of a model that is served no more.
    var isLeft: Bool { lanes.contains { $0.entries.contains { $0.slot == nil } } }
    /// Whether time closes something here.
    var isOpen: Bool { lanes.contains { $0.isOpen } }

    /// The end of the last minute that the watermark has passed, if that is news since the last call.
    @inline(__always)
    mutating func newEnd() -> Int64? {
        let watermark = gate.clock.watermark
        guard watermark != .min, toldUntil == .min || watermark >= toldUntil &+ ScoreMinute.lengthMs else { return nil }
        toldUntil = watermark.aligned(to: ScoreMinute.lengthMs)
        return toldUntil
    }

    /// What the clock shows when the next minute closes, should no tick come.
    var nextClosing: Int64 {
        let watermark = gate.clock.watermark
        guard watermark != .min else { return .max }
        return gate.clock.reaching(watermark.aligned(to: ScoreMinute.lengthMs) &+ ScoreMinute.lengthMs)
    }

    /// The place of a preset's lane, which is made where there is none.
    mutating func place(of preset: Preset) -> Int {
        let order = Preset.allCases
        if let known = lanes.firstIndex(where: { $0.preset == preset }) { return known }
        let place = lanes.firstIndex { order.firstIndex(of: $0.preset)! > order.firstIndex(of: preset)! } ?? lanes.count
        lanes.insert(PredictionLane(preset), at: place)
        return place
    }
}
