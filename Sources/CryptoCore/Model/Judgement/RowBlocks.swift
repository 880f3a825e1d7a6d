/// The blocks in which the rows of one fold lie: hours, and the days that these make up.
struct RowBlocks: Equatable, Sendable {
    /// The block of each row; blocks without rows are left out.
    let blocks: [Int32]
    let blockCount: Int
    /// Length of a block, ms.
    let blockMs: Int64
    /// The day of each block, and how many days there are: spans of 24 hours from the hour on in which the rows begin.
    let days: [Int]
    let dayCount: Int

    /// - Parameters:
    ///   - times: of rows, sorted; empty: one block.
    ///   - start: where the first day begins, if its hour is not later than the first row's.
    init(times: [Int64], count: Int, start: Int64?) {
        guard let first = times.first, let last = times.last else {
            blocks = Array(repeating: 0, count: count)
            (blockCount, blockMs, days, dayCount) = (1, Resampling.hourMs, [0], 1)
            return
        }
        let origin = min(start ?? first, first).aligned(to: Resampling.hourMs)
        let hours = (last - origin) / Resampling.hourMs + 1
        // Whole blocks fill a day, or days a block.
        let lengths: [Int64] = [1, 2, 3, 4, 6, 8, 12, 24]
        let most = Int64(Resampling.mostBlocks)
        let length = lengths.first { (hours + $0 - 1) / $0 <= most } ?? (hours / 24 / most + 1) * 24
        blockMs = length * Resampling.hourMs
        var blocks: [Int32] = []
        var days: [Int] = []
        var lastBlock = Int64(-1)
        var lastDay = Int64(-1)
        var dayNumber = -1
        for time in times {
            let block = (time - origin) / blockMs
            if block != lastBlock {
                let day = block * length / 24
                if day != lastDay { dayNumber += 1 }
                (lastBlock, lastDay) = (block, day)
                days.append(dayNumber)
            }
            blocks.append(Int32(days.count - 1))
        }
        (self.blocks, blockCount, self.days, dayCount) = (blocks, days.count, days, dayNumber + 1)
    }
}
