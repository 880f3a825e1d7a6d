/// The series that one frame has data of, or one batch, each once, in the order in which it names them.
///
/// *Complexity*: memory grows with the number of series only; no allocation once each was heard.
struct HeardSeries {
    private(set) var ids: [SeriesID] = []
    private var frame = 1
    /// The last frame that had data of a series. Numbers of frames are never used again.
    private var heardIn = BySeries(0)

    /// Begins the next frame.
    @inline(__always)
    mutating func begin() {
        frame &+= 1
        ids.removeAll(keepingCapacity: true)
    }

    /// The frame has data of a series.
    /// - Returns: whether this is the first that it has.
    @inline(__always) @discardableResult
    mutating func note(_ id: SeriesID) -> Bool {
        guard heardIn[id] != frame else { return false }
        heardIn[id] = frame
        ids.append(id)
        return true
    }
}
