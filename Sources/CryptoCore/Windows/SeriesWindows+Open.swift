extension SeriesWindows {
    /// Trade ids held in memory, those included that the next sweep forgets.
    var rememberedIDs: Int { ids.entries.count }

    /// Calls `body` with the end of each open window that holds ticks, oldest first: `step` is the slide for sliding windows, a
    /// minute for tumbling ones.
    func forEachOpenEnd(after watermark: Int64, step: Int64, _ body: (Int64) -> Void) {
        var end = watermark == SeriesWindows.never ? watermark : watermark.aligned(to: step) &+ step
        for slice in slices {
            end = max(end, slice.start.aligned(to: step) &+ step)
            while end <= slice.start &+ WindowConfiguration.windowLength {
                body(end)
                end &+= step
            }
        }
    }

    /// How many windows are open that hold ticks. *Complexity*: O(1), unless slices lie more than a minute apart.
    func openWindowCount(after watermark: Int64) -> Int {
        let length = WindowConfiguration.windowLength
        guard let first = slices.first?.start, let last = slices.last?.start else { return 0 }
        guard watermark != SeriesWindows.never, last &- first <= length else {
            var count = 0
            forEachOpenEnd(after: watermark, step: slide) { _ in count += 1 }
            forEachOpenEnd(after: watermark, step: length) { _ in count += 1 }
            return count
        }
        // Slices of one minute's span: every window from the first to the last has ticks, and they lie in two minutes at most.
        let sliding = (last &+ length &- max(first, watermark.aligned(to: slide))) / slide
        let oldest = first.aligned(to: length), newest = last.aligned(to: length)
        let tumbling =
            (oldest &+ length > watermark ? 1 : 0) + (newest != oldest && newest &+ length > watermark ? 1 : 0)
        return max(0, Int(sliding)) + tumbling
    }
}
