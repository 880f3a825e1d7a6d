/// The series that one frame has data of, each once, in the order in which the frame names them.
///
/// *Complexity*: memory grows with the number of series only; no allocation once each was heard.
struct HeardSeries {
    private(set) var ids: [SeriesID] = []
    private var frame = 1
    /// By the index of the series: the last frame that had data of it. Numbers of frames are never used again.
    private var heardIn: [Int] = []

    /// Begins the next frame.
    @inline(__always)
    mutating func begin() {
        frame &+= 1
        ids.removeAll(keepingCapacity: true)
    }

    /// The frame has data of a series.
    @inline(__always)
    mutating func note(_ id: SeriesID) {
        let index = Int(id.index)
        while heardIn.count <= index { heardIn.append(0) }
        guard heardIn[index] != frame else { return }
        heardIn[index] = frame
        ids.append(id)
    }
}
