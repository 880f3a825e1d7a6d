/// The series that one frame has data of, each of them once, and where they stood before it.
///
/// Its memory grows with the number of series only: a source that has no frames is one frame that never ends.
struct FrameSeries {
    /// What the frames before knew of a series; numbers of frames are never used again.
    private struct Mark {
        var heardIn = 0
        var writtenIn = 0
    }

    /// In the order in which the frame has data of them.
    private(set) var heard: [SeriesID] = []
    /// Up to where those that the frame has written to were complete before it.
    private(set) var before: [(series: SeriesID, eventTime: Int64?)] = []
    private var frame = 1
    /// By the index of the series.
    private var marks: [Mark] = []

    /// Begins the next frame.
    @inline(__always)
    mutating func begin() {
        frame &+= 1
        heard.removeAll(keepingCapacity: true)
        before.removeAll(keepingCapacity: true)
    }

    /// The frame has data of a series.
    @inline(__always)
    mutating func hear(_ id: SeriesID) {
        let index = Int(id.index)
        if index >= marks.count { grow(to: index) }
        guard marks[index].heardIn != frame else { return }
        marks[index].heardIn = frame
        heard.append(id)
    }

    /// The frame is about to write to a series, after `hear`.
    @inline(__always)
    mutating func write(_ id: SeriesID, completeUntil eventTime: @autoclosure () -> Int64?) {
        let index = Int(id.index)
        guard marks[index].writtenIn != frame else { return }
        marks[index].writtenIn = frame
        before.append((id, eventTime()))
    }

    private mutating func grow(to index: Int) {
        while marks.count <= index { marks.append(Mark()) }
    }
}
