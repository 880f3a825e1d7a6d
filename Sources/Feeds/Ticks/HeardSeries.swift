/// The series that one frame has data of, each once, in the order in which the frame names them.
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
    @inline(__always)
    mutating func note(_ id: SeriesID) {
        guard heardIn[id] != frame else { return }
        heardIn[id] = frame
        ids.append(id)
    }
}
