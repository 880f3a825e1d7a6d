/// Where a node's rows part.
struct Split {
    /// Which splits come first where several are equally good: those by codes, ascending, with missing values on the right, then those
    /// with missing values on the left, then missing values alone.
    enum Kind: UInt64 {
        case missingRight, missingLeft, missingAlone
    }

    var column = 0
    /// The largest code that goes left, and the smallest that goes right.
    var codes: (lower: UInt32, upper: UInt32) = (0, 0)
    var kind = Kind.missingRight
    var isMissingLeft = false
    var left = RowTally()
    var score = SplitScore.none

    var isFound: Bool { score.above >= 0 }

    /// Its place among equally good ones.
    private var turn: UInt64 { kind.rawValue << 32 | UInt64(codes.lower) }

    func isBetter(than other: Split) -> Bool {
        score.isBetter(than: other.score) || !other.score.isBetter(than: score) && turn < other.turn
    }
}

/// What a split takes from the Gini impurity of its node, but for a factor that all splits of the node share.
///
/// With N draws of which P have target 1, and n and p of them on the left, the impurity falls by 2 d² / (n (N - n) N²), where
/// d = P n - p N. It is kept as a fraction, for a division costs more than all the rest. In nodes of many draws, where products pass
/// 2^53, rounding may choose between splits that are equally good or nearly so.
struct SplitScore {
    let above: Double
    let below: Double

    static let none = SplitScore(above: -1, below: 1)

    init(above: Double, below: Double) {
        self.above = above
        self.below = below
    }

    @inline(__always)
    init(left: RowTally, of all: RowTally) {
        let d = Double(all.positive &* left.drawn &- left.positive &* all.drawn)
        above = d * d
        below = Double(left.drawn &* (all.drawn &- left.drawn))
    }

    @inline(__always)
    func isBetter(than other: SplitScore) -> Bool { above * other.below > other.above * below }

    /// Whether it is as good, or worse by no more than rounding makes it.
    @inline(__always)
    func isNear(_ other: SplitScore) -> Bool { above * other.below >= other.above * below * (1 - 0x1p-40) }

    /// What the impurity of a node of `drawn` draws falls by, times the draws.
    func gain(drawn: Int) -> Double { 2 * above / (below * Double(drawn)) }
}
