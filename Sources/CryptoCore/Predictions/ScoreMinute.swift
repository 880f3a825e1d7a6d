/// How one model's predictions of one series did, of those that were decided in one minute: counts and sums from which the score follows.
struct ScoreMinute: Sendable {
    static let lengthMs = WindowConfiguration.windowLength
    /// Ranks are kept by so many equal parts of the probability; what lies in one counts as a tie.
    static let binCount = 1_024
    /// The changelog holds the bins in pages of so many.
    static let pageBins = 64
    /// Shares of a bin below this count as this: a logarithm needs some.
    private static let smallestShare = 1e-4

    /// When the minute ends, ms since the epoch.
    let end: Int64
    /// Predictions that came to be 1, and of these those that said 1.
    private(set) var ups = 0
    private(set) var upsSaid = 0
    /// The same of 0: those that said 1 all the same.
    private(set) var downs = 0
    private(set) var downsSaid = 0
    private(set) var logLoss = 0.0
    private(set) var squares = 0.0
    /// How often each rule said -1, 0 and +1, and what came: *shape* rules × 3 × 2.
    private var rules = InlineArray<18, UInt32>(repeating: 0)
    /// By probability: those that came to be 1 in the lower half of a word, those that did not in the upper.
    private var bins = ContiguousArray<UInt64>(repeating: 0, count: ScoreMinute.binCount)
    /// Values of each feature by the bins of the training set, as `ScoreBasis.binStarts` has them.
    private var spread: ContiguousArray<UInt32>
    /// Pages of bins that changed since the state was written, and that the changelog holds: a bit each.
    private(set) var changedPages: UInt16 = 0
    private(set) var storedPages: UInt16 = 0
    private(set) var isChanged = true
    private(set) var isStored = false

    init(end: Int64, of basis: ScoreBasis) {
        self.end = end
        spread = ContiguousArray(repeating: 0, count: basis.binCount)
    }

    var count: Int { ups + downs }

    /// The end of the minute in which a row was decided: that of the last millisecond which its target looked at.
    static func end(of row: Row, _ outcome: RowOutcome) -> Int64 {
        max(outcome.until &- 1, row.time).aligned(to: lengthMs) &+ lengthMs
    }

    /// Takes a decided row of which the model said `probability`.
    ///
    /// Fills of one order count once, by the last: what came behind the others was known when the order came. In the spread of the
    /// features each counts, as in training.
    mutating func add(_ row: Row, _ outcome: RowOutcome, said probability: Double, by basis: ScoreBasis) {
        isChanged = true
        for feature in basis.binStarts.indices {
            let value = Double(row.feature(feature))
            guard !value.isNaN else { continue }
            var bin = basis.binStarts[feature]
            for edge in basis.spreads[feature].edges where value > edge { bin += 1 }
            spread[bin] &+= 1
        }
        guard !outcome.isSameOrder else { return }
        let isUp = outcome.target == 1
        let says = Forest.outcome(of: probability)
        if isUp {
            (ups, upsSaid) = (ups + 1, upsSaid + says)
        } else {
            (downs, downsSaid) = (downs + 1, downsSaid + says)
        }
        logLoss += ScoreMinute.logLoss(probability, isUp: isUp)
        squares += (probability - (isUp ? 1 : 0)) * (probability - (isUp ? 1 : 0))
        for rule in 0..<row.ruleCount {
            rules[ScoreMinute.place(rule, Int(row.rule(rule)), isUp: isUp)] &+= 1
        }
        let bin = min(ScoreMinute.binCount - 1, max(0, Int(probability * Double(ScoreMinute.binCount))))
        bins[bin] &+= isUp ? 1 : 1 << 32
        changedPages |= 1 << UInt16(bin / ScoreMinute.pageBins)
    }

    // MARK: Figures

    /// The share of predictions that were right.
    var accuracy: Double { Double(upsSaid + downs - downsSaid) / Double(count) }

    /// The mean of both classes' shares of right predictions; that of one class where there is no other.
    var balancedAccuracy: Double {
        guard ups > 0, downs > 0 else { return accuracy }
        return (Double(upsSaid) / Double(ups) + Double(downs - downsSaid) / Double(downs)) / 2
    }

    /// Mean of -ln(probability of what came), nats.
    var meanLogLoss: Double { logLoss / Double(count) }

    /// Mean squared distance of the probability from what came.
    var brier: Double { squares / Double(count) }

    /// How often a row that came to be 1 has the higher probability than one that did not, ties half; nil where there is one class.
    var auc: Double? {
        guard ups > 0, downs > 0 else { return nil }
        var below = 0.0, wins = 0.0
        for bin in bins {
            let up = Double(bin & 0xFFFF_FFFF), down = Double(bin >> 32)
            wins += up * (below + down / 2)
            below += down
        }
        return wins / (Double(ups) * Double(downs))
    }

    /// Accuracy and log loss of a rule of the preset, as its training rows fitted it.
    func figures(ofRule number: Int, _ rule: FittedRule) -> (accuracy: Double, logLoss: Double) {
        var right = 0.0, loss = 0.0
        for sign in -1...1 {
            let probability = rule.probability(sign)
            for isUp in [false, true] {
                let count = Double(rules[ScoreMinute.place(number, sign, isUp: isUp)])
                if (probability > 0.5) == isUp { right += count }
                loss += count * ScoreMinute.logLoss(probability, isUp: isUp)
            }
        }
        return (right / Double(count), loss / Double(count))
    }

    /// The population stability index of a feature against the training set: Σ (live - trained) · ln(live / trained) over its bins.
    ///
    /// A feature without a known value has none. Bins are bounded by values of the training set, so the index has no unit.
    func psi(ofFeature feature: Int, _ basis: ScoreBasis) -> Double? {
        let trained = basis.spreads[feature].shares
        let start = basis.binStarts[feature]
        let total = trained.indices.reduce(0.0) { $0 + Double(spread[start + $1]) }
        guard total > 0 else { return nil }
        return trained.indices.reduce(0) { sum, bin in
            let live = max(Double(spread[start + bin]) / total, ScoreMinute.smallestShare)
            let share = max(trained[bin], ScoreMinute.smallestShare)
            return sum + (live - share) * Elementary.log(live / share)
        }
    }

    // MARK: Counts

    /// The bins of the probability that hold something: number, zeros and ones. *Shape*: bins × 3.
    var filledBins: [[Int64]] {
        bins.indices.filter { bins[$0] != 0 }.map { [Int64($0), Int64(bins[$0] >> 32), Int64(bins[$0] & 0xFFFF_FFFF)] }
    }

    /// The bins of a feature that hold something: number and known values. *Shape*: bins × 2.
    func filledBins(ofFeature feature: Int, _ basis: ScoreBasis) -> [[Int64]] {
        let start = basis.binStarts[feature]
        return basis.spreads[feature].shares.indices.filter { spread[start + $0] != 0 }
            .map { [Int64($0), Int64(spread[start + $0])] }
    }

    private static func logLoss(_ probability: Double, isUp: Bool) -> Double {
        let cut = min(max(probability, 1e-6), 1 - 1e-6)
        return -Elementary.log(isUp ? cut : 1 - cut)
    }

    private static func place(_ rule: Int, _ sign: Int, isUp: Bool) -> Int {
        (rule * 3 + sign + 1) * 2 + (isUp ? 1 : 0)
    }
}

// MARK: State

extension ScoreMinute {
    /// Gives what changed to the changelog: all but the bins to `put`, and each page of bins to `putPage`.
    mutating func takeChanges(
        _ put: ((inout ChangelogWriter) -> Void) -> Void, _ putPage: (Int, (inout ChangelogWriter) -> Void) -> Void
    ) {
        guard isChanged else { return }
        put { encode(into: &$0) }
        for page in 0..<16 where changedPages & 1 << UInt16(page) != 0 {
            putPage(page) { encode(page: page, into: &$0) }
        }
        storedPages |= changedPages
        changedPages = 0
        isChanged = false
        isStored = true
    }

    /// The pages that the changelog holds.
    var pages: [Int] { (0..<16).filter { storedPages & 1 << UInt16($0) != 0 } }

    private func encode(into writer: inout ChangelogWriter) {
        for count in [ups, upsSaid, downs, downsSaid] { writer.put(count) }
        writer.put(logLoss)
        writer.put(squares)
        for i in rules.indices { writer.put(UInt64(rules[i])) }
        for count in spread { writer.put(UInt64(count)) }
    }

    /// The bins that hold something, a bit each, and these.
    private func encode(page: Int, into writer: inout ChangelogWriter) {
        let all = bins[page * ScoreMinute.pageBins..<(page + 1) * ScoreMinute.pageBins]
        var filled: UInt64 = 0
        for (bit, bin) in all.enumerated() where bin != 0 { filled |= 1 << UInt64(bit) }
        writer.put(filled)
        for bin in all where bin != 0 { writer.put(bin) }
    }

    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        var counts: [Int] = []
        for _ in 0..<4 {
            let count = try reader.integer()
            guard count >= 0, count < 1 << 50 else { throw ChangelogReader.Malformed() }
            counts.append(Int(count))
        }
        (ups, upsSaid, downs, downsSaid) = (counts[0], counts[1], counts[2], counts[3])
        logLoss = try reader.finite()
        squares = try reader.finite()
        for i in rules.indices { rules[i] = UInt32(truncatingIfNeeded: try reader.word()) }
        for i in spread.indices { spread[i] = UInt32(truncatingIfNeeded: try reader.word()) }
        try reader.end()
        (isChanged, isStored) = (false, true)
    }

    mutating func restore(page: Int, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        guard (0..<16).contains(page) else { throw ChangelogReader.Malformed() }
        let filled = try reader.word()
        for bit in 0..<ScoreMinute.pageBins {
            bins[page * ScoreMinute.pageBins + bit] = filled & 1 << UInt64(bit) == 0 ? 0 : try reader.word()
        }
        try reader.end()
        storedPages |= 1 << UInt16(page)
        isChanged = false
    }

}
