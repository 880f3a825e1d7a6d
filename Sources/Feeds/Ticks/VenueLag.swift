/// Tells the venue's clock from ours: the smallest difference of receive and event time that is not an outlier.
///
/// Our clock may be wrong by any amount, and now and then a venue's is for a single trade. So a difference that is much smaller
/// than all others counts only when so many in a row agree.
struct VenueLag: Sendable, Equatable {
    /// Trades of a healthy venue differ by less. *Units*: ms.
    static let toleranceMs: Int64 = 1_000
    /// How many make a rule.
    private static let quorum = 16

    /// *Units*: ms; nil before the first trade.
    private(set) var ms: Int64?
    private var isSettled = false
    /// The first ones, or those in a row that are much smaller; ascending.
    private var open: [Int64] = []
    /// How late it is at the venue, as far as trades have told. *Units*: ms since the epoch.
    private(set) var presentMs = Int64.min

    @inline(__always)
    mutating func note(eventTime: Int64, ingestTime: Int64) {
        let sample = ingestTime &- eventTime
        if isSettled, let ms, sample >= ms &- VenueLag.toleranceMs {
            if sample < ms { self.ms = sample }
            if !open.isEmpty { open.removeAll(keepingCapacity: true) }
        } else {
            consider(sample)
        }
        presentMs = max(presentMs, ingestTime &- (ms ?? sample))
    }

    /// An event time that cannot be true as what can: no later than it is at the venue.
    @inline(__always)
    func bounded(_ eventTime: Int64) -> Int64 {
        presentMs == .min || eventTime <= presentMs &+ VenueLag.toleranceMs ? eventTime : presentMs
    }

    @inline(never)
    private mutating func consider(_ sample: Int64) {
        open.insert(sample, at: open.firstIndex { $0 > sample } ?? open.count)
        let middle = open[open.count / 2]
        if open.count == VenueLag.quorum {
            ms = open.first { $0 >= middle - VenueLag.toleranceMs } ?? middle
            isSettled = true
            open.removeAll(keepingCapacity: true)
        } else if !isSettled {
            ms = middle
        }
    }
}
